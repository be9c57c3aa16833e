"""The photos of an object store."""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from offline import stores
from offline.errors import RunError
from offline.sources import manifest
from offline.sources.suffixes import is_hidden, is_photo


def photos(address: str) -> Iterator[str]:
    """Yields the names of the photos at an address: those of a folder, a pattern or a manifest, or the one photo there.

    Raises:
        RunError: the store does not answer, or has nothing there.
    """
    store, path = stores.open_store(address)
    name = PurePosixPath(path).name
    try:
        if PurePosixPath(name).suffix.lower() in manifest.SUFFIXES:
            base = _address(store, path.rpartition("/")[0], address)
            yield from manifest.photos(store.open(path, "rb"), name, base)
        else:
            for each in _paths(store, path):
                yield _address(store, each, address)
    except RunError:
        raise
    except FileNotFoundError:
        raise RunError("There is nothing at the address: name a folder, a pattern, a manifest or a photo.") from None
    except Exception as error:
        raise RunError(f"The photos at the address cannot be listed: {stores.reason(error)}.") from error


def _paths(store: Any, path: str) -> Iterable[str]:
    """The paths of the photos at a path."""
    if "*" in path:
        return sorted(each for each in store.glob(path) if not store.isdir(each))
    return [path] if is_photo(PurePosixPath(path).name) else _in_folder(store, path)


def _in_folder(store: Any, folder: str) -> Iterator[str]:
    """Yields the paths of a folder's photos, in order.

    fsspec's own walk leaves out folders that cannot be listed, and keeps all listings.
    """
    listed = sorted((each["name"].rstrip("/"), each["type"]) for each in store.ls(folder, detail=True))
    store.invalidate_cache(folder)
    for path, kind in listed:
        name = PurePosixPath(path).name
        if path == folder or is_hidden(name):
            continue
        if kind == "directory":
            yield from _in_folder(store, path)
        elif is_photo(name):
            yield path


def _address(store: Any, path: str, address: str) -> str:
    """The address of a path in the store of another address; `::` and what follows say where that store lies."""
    _, mark, rest = address.partition("::")
    return f"{store.unstrip_protocol(path)}{mark}{rest}"
