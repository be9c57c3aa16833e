"""The files that a pattern such as `photos/**/*.jpg` matches."""

import glob
from collections.abc import Iterator
from pathlib import Path

from offline.names import name_of


def is_pattern(text: str) -> bool:
    """True if a path has wildcards."""
    return glob.has_magic(text)


def photos(pattern: str, folder: Path) -> Iterator[str]:
    """Yields the names of the files that a pattern matches, in order, whatever their suffixes.

    Args:
        pattern: with `*`, `?`, `[…]`, and `**` for any folders.
        folder: what it is relative to; absolute.
    """
    absolute = pattern if Path(pattern).is_absolute() else f"{glob.escape(str(folder))}/{pattern}"
    for path in map(Path, sorted(glob.iglob(absolute, recursive=True))):  # noqa: PTH207 - Path.glob finds hidden files
        if not path.is_dir():
            yield name_of(path)
