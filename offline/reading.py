"""Reads photos from files and stores."""

import os
import stat
from pathlib import Path

from offline import stores
from offline.names import path_of
from web.problems.problem import Refusal


def read(name: str, max_bytes: int) -> bytes:
    """The bytes of a photo.

    Raises:
        Refusal: it cannot be read, or has more bytes.
    """
    path = path_of(name)
    data = _from_store(name, max_bytes + 1) if path is None else _from_file(path, max_bytes + 1)
    if len(data) > max_bytes:
        raise Refusal(413, f"The photo has more than {max_bytes} bytes: DETECTOR_MAX_BODY_BYTES bounds them.")
    return data


def unreadable(reason: str, code: str = "unreadable-file") -> Refusal:
    """The refusal of a photo that cannot be read."""
    return Refusal(422, f"The photo cannot be read: {reason}.", code=code)


def _from_file(path: Path, size: int) -> bytes:
    """The first bytes of a file. A pipe is refused, not waited for."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123 - Path.open has no flags
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise unreadable("it is not a regular file")
            return file.read() if status.st_size < size else file.read(size)
    except OSError as error:
        raise unreadable(error.strerror or type(error).__name__) from None
    except ValueError:
        raise unreadable("its name has a null character") from None


def _from_store(address: str, size: int) -> bytes:
    """The first bytes of an object."""
    store, path = stores.open_store(address)
    try:
        data: bytes = store.cat_file(path, start=0, end=size)
    except Exception as error:
        raise unreadable(stores.reason(error), "unfetchable-image") from error
    return data
