"""Names of photos in results: absolute paths, and addresses such as s3://bucket/photo.jpg.

A name is UTF-8 text and opens the photo from any folder. A path that is not UTF-8 becomes a file address, which
percent-encodes its bytes.
"""

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

FILE = "file://"


def name_of(path: Path) -> str:
    """The name of a file at an absolute path."""
    text = os.fspath(path)
    try:
        text.encode()
    except UnicodeEncodeError:  # the file system's bytes, as Python escapes them
        return path.as_uri()
    return text


def path_of(name: str) -> Path | None:
    """The path of a local photo; None if the name is an address elsewhere."""
    if name.startswith(FILE):
        return Path(os.fsdecode(unquote_to_bytes(urlsplit(name).path)))
    return None if is_address(name) else Path(name)


def is_address(text: str) -> bool:
    """True if a text is an address and not a path."""
    return "://" in text and not text.startswith("/")
