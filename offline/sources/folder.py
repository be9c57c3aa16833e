"""The photos in a folder and the folders in it."""

import os
from collections.abc import Iterator
from pathlib import Path

from offline.errors import RunError
from offline.names import name_of
from offline.sources.suffixes import is_hidden, is_photo

Identity = tuple[int, int]  # a folder's device and inode


def photos(folder: Path, above: frozenset[Identity] = frozenset()) -> Iterator[str]:
    """Yields the names of a folder's photos, in order.

    Links are followed, but not to a folder that they lie in. Only one folder's entries are in memory at a time, with
    those of the folders that it lies in.

    Args:
        folder: absolute.
        above: the folders that it lies in.

    Raises:
        RunError: a folder cannot be read. Leaving its photos out would lose them.
    """
    try:
        status = folder.stat()
        identity = status.st_dev, status.st_ino
        if identity in above:
            return
        with os.scandir(folder) as found:
            entries = sorted((entry.name, entry.is_dir()) for entry in found if not is_hidden(entry.name))
    except OSError as error:
        raise RunError(f"The folder {name_of(folder)} cannot be read: {error.strerror}.") from None
    for name, is_folder in entries:
        if is_folder:
            yield from photos(folder / name, above | {identity})
        elif is_photo(name):
            yield name_of(folder / name)
