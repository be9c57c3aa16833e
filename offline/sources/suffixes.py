"""Recognises photos in a folder by their suffixes."""

import re
from pathlib import PurePosixPath

SUFFIX = re.compile(r"\.(jpe?g|jpe|jfif|a?png|webp|gif|bmp|dib|tiff?|avifs?|heic|heif|hif)", re.IGNORECASE)


def is_photo(name: str) -> bool:
    """True if a file is called like a photo; hidden files, such as macOS's ._photo.jpg, are not."""
    return SUFFIX.fullmatch(PurePosixPath(name).suffix) is not None and not is_hidden(name)


def is_hidden(name: str) -> bool:
    """True if listings leave a file or a folder out."""
    return name.startswith(".")
