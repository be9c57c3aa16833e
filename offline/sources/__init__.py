"""Sources of photos. Listing a source twice yields the same names in the same order."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from offline.errors import RunError
from offline.names import is_address, name_of, path_of
from offline.sources import folder, manifest, pattern, store
from offline.sources.suffixes import is_photo

Source = Callable[[], Iterator[str]]  # yields the names of the photos, anew with each call

__all__ = ["Source", "source_of"]


def source_of(text: str, start: Path) -> Source:
    """The source that a user names: a folder, a pattern, a manifest, a photo, or the address of one of these.

    Args:
        text: a path or an address.
        start: the folder that relative paths start from; absolute.

    Raises:
        RunError: there is no such source.
    """
    path = path_of(text)
    if path is None:
        return partial(store.photos, text)
    path = start / path
    if path.is_dir():
        return partial(folder.photos, path)
    if path.exists():
        return partial(_in_file, path)
    if pattern.is_pattern(text) and not is_address(text):
        return partial(pattern.photos, text, start)
    raise RunError(f"There is no {name_of(path)}: name a folder, a pattern, a manifest or an address.")


def _in_file(path: Path) -> Iterator[str]:
    """Yields the name of a file if it is a photo, else those in it."""
    if is_photo(path.name):
        yield name_of(path)
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise RunError(f"{name_of(path)} cannot be read: {error.strerror}.") from None
    yield from manifest.photos(file, path.name, str(path.parent))
