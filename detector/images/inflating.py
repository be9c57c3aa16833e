"""Unpacks Deflate data (RFC 1950) in bounded time, and wraps bytes as such data without compressing them.

Blocks of Deflate may be empty, or nearly so, and cost as much as large ones. Only the time tells. So photos are
unpacked here, a piece at a time, and libraries get data that they only copy. ISA-L takes less than half of zlib's time.
"""

import functools
import struct
import time
from collections.abc import Iterator

import numpy as np
from isal import isal_zlib

from detector.errors import ImageTooLarge
from detector.images.limits import MILLISECONDS

BLOCK = 65_535  # bytes of a stored block of Deflate

PIECE = 1 << 18  # bytes that are unpacked between two looks at the clock; take 28 ms at worst
# CPU time to unpack a photo on the machine on which the limits were measured: about six times what usual data take, but
# less for large photos, so that the time to decode the unpacked bytes is left.
PATIENCE_MS, PATIENCE_MS_PER_BYTE, MS_LEFT_PER_BYTE = 30, 16e-6, 3.5e-6
SAMPLE_MS = 0.37  # for the sample, on that machine
SAMPLES = 5  # unpackings of the sample that tell how slow another machine is
MAX_SLOWNESS = 8.0


class Inflater:
    """Unpacks all Deflate data of a photo."""

    def __init__(self, size: int) -> None:
        """Starts without having used any time.

        Args:
            size: bytes of the whole photo, unpacked.
        """
        patience_ms = min(PATIENCE_MS + size * PATIENCE_MS_PER_BYTE, MILLISECONDS - size * MS_LEFT_PER_BYTE)
        self._seconds = self._seconds_left = max(patience_ms, PATIENCE_MS) / 1000
        self._slowness = 1.0

    def inflate(self, packed: bytes | memoryview, size: int) -> bytes | memoryview:
        """The first `size` bytes of data; fewer if the data end earlier.

        Raises:
            isal_zlib.error: the data are damaged.
            ImageTooLarge: unpacking takes much longer than that of usual data.
        """
        stream = isal_zlib.decompressobj()
        if len(packed) <= PIECE:
            return self._part(stream, packed, size)
        view, whole, done = memoryview(packed), np.empty(size, np.uint8).data, 0
        for start in range(0, len(packed), PIECE):
            part = self._part(stream, view[start : start + PIECE], size - done)
            whole[done : done + len(part)] = part
            done += len(part)
            if done == size:
                break
        return whole[:done]

    def _part(self, stream: isal_zlib.Decompress, packed: bytes | memoryview, size: int) -> bytes:
        started = time.thread_time()
        part = bytes(stream.decompress(packed, size)) if size else b""
        self.spend(time.thread_time() - started)
        return part

    def spend(self, seconds: float) -> None:
        """Takes CPU time from what is left.

        Raises:
            ImageTooLarge: less is left.
        """
        self._seconds_left -= seconds
        if self._seconds_left < 0 and self._slowness == 1:
            self._slowness = slowness()
            self._seconds_left += self._seconds * (self._slowness - 1)
        if self._seconds_left < 0:
            raise ImageTooLarge("The photo takes too much time to decode: save it anew, or send it as a JPEG.")


def slowness() -> float:
    """The CPU time that usual data take to unpack now, relative to the machine on which the limits were measured.

    Returns:
        From 1 to MAX_SLOWNESS.
    """
    measured = []
    for _ in range(SAMPLES):
        started = time.thread_time()
        isal_zlib.decompress(_sample())
        measured.append(time.thread_time() - started)
    return min(max(1.0, sorted(measured)[SAMPLES // 2] * 1000 / SAMPLE_MS), MAX_SLOWNESS)


@functools.cache
def _sample() -> bytes:
    """Differences between neighbouring pixels, as in a photo, compressed."""
    pixels = np.random.default_rng(0).normal(0, 6, 1 << 18).astype(np.int8)
    return isal_zlib.compress(pixels.tobytes(), 1)


def stored(data: bytes | memoryview) -> Iterator[bytes | memoryview]:
    """Wraps bytes in Deflate data without compressing them, as a sequence of parts."""
    view = memoryview(data)
    yield b"\x78\x01"
    for start in range(0, max(1, len(data)), BLOCK):
        block = view[start : start + BLOCK]
        last = start + BLOCK >= len(data)
        yield struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF)
        yield block
    yield struct.pack(">I", isal_zlib.adler32(data))
