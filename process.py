"""How the C library keeps memory that was freed, and when it gives it back."""

import ctypes
import sys
from collections.abc import Callable

# Numbers of glibc's parameters, from malloc.h, and what they are set to, bytes.
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
KEPT = {
    MMAP_THRESHOLD: 32 << 20,  # larger buffers are mapped: pictures of 11 megapixels, decoded whole
    TRIM_THRESHOLD: 256 << 20,
    TOP_PAD: 16 << 20,
}


def give_back() -> None:
    """Give back the memory that is free now.

    Before the workers are forked, that is what loading has left: a tenth of the service's memory with an SSD that is
    not run as it was exported. Does nothing where the C library is another than glibc.
    """
    if trim := _of_glibc("malloc_trim"):
        trim(0)


def keep_freed() -> None:
    """Let freed memory be used again by this process and those that it forks, instead of giving it back.

    A decoded photo takes megabytes. Given back, its pages are fetched and cleared anew for the next photo, which costs
    3 to 7 % of large photos and PNGs. Does nothing where the C library is another than glibc.
    """
    if mallopt := _of_glibc("mallopt"):
        for parameter, size in KEPT.items():
            mallopt(parameter, size)


def _of_glibc(function: str) -> Callable[..., int] | None:
    """A function of the C library; None where that is not glibc."""
    return getattr(ctypes.CDLL(None), function, None) if sys.platform.startswith("linux") else None
