"""Opens object stores and other addresses with fsspec."""

from typing import Any

from offline.errors import RunError


def open_store(address: str) -> tuple[Any, str]:
    """Opens the store of an address; returns it with the path in it.

    Raises:
        RunError: fsspec, or its package for this kind of store, is not installed, or the store cannot be opened.
    """
    try:
        from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra
    except ImportError:
        raise RunError("Addresses need fsspec: .venv/bin/pip install '.[offline]'.") from None
    try:
        store, path = url_to_fs(address)
    except ImportError as error:
        raise RunError(f"This kind of address needs another package: {error}") from None
    except Exception as error:
        raise RunError(f"The address cannot be opened: {reason(error)}.") from error
    return store, path


def reason(error: Exception) -> str:
    """The reason why a store did not answer, without its own words, which may contain credentials."""
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
