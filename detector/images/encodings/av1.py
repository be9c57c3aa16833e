"""Reads the size and kind of AV1 frames (AV1 Bitstream & Decoding Process Specification, section 5)."""

from collections.abc import Iterator
from typing import NamedTuple

from detector.images.encodings.bits import Bits

SEQUENCE_HEADER, FRAME_HEADER, FRAME = 1, 3, 6
MAX_UNITS = 1000


UNSPECIFIED, IDENTITY, BT709, SRGB = 2, 0, 1, 13  # numbers of colour spaces (ITU-T H.273)


class Frames(NamedTuple):
    """All frames of an item, hidden ones included.

    Attributes:
        pixels: their number, which a decoder decodes.
        bytes: of their samples, those of frames with added grain counted twice.
        matrix: the number of the matrix from RGB (ITU-T H.273).
    """

    pixels: int
    bytes: float
    matrix: int


def read_frames(data: bytes) -> Frames:
    """The frames of an item's data."""
    largest, count = Frames(0, 0.0, UNSPECIFIED), 0
    for kind, unit in _units(data):
        if kind == SEQUENCE_HEADER:
            frame = _frame(unit)
            largest = Frames(
                max(largest.pixels, frame.pixels), max(largest.bytes, frame.bytes), max(largest.matrix, frame.matrix)
            )
        elif kind in (FRAME_HEADER, FRAME):
            count += 1
    if not largest.pixels or not count:
        raise ValueError("no frame")
    return Frames(largest.pixels * count, largest.bytes * count, largest.matrix)


def _units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The kind and content of each open bitstream unit."""
    position = 0
    for _ in range(MAX_UNITS):
        if position == len(data):
            return
        header = data[position]
        position += 2 if header & 4 else 1  # with or without an extension
        length = len(data) - position
        if header & 2:
            length, position = _leb128(data, position)
        if position + length > len(data):
            raise ValueError("truncated")
        yield header >> 3 & 15, data[position : position + length]
        position += length
    raise ValueError("too many units")


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    """A number of variable length, and the position after it."""
    value = 0
    for index in range(8):
        byte = data[position + index]
        value |= (byte & 127) << 7 * index
        if byte < 128:
            return value, position + index + 1
    raise ValueError("too long a number")


def _frame(sequence_header: bytes) -> Frames:
    """The largest possible frame."""
    bits = Bits(sequence_header[:200])
    profile = bits.take(3)
    bits.take(1)  # still picture
    reduced = bits.take(1)
    if reduced:
        bits.take(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    # Where frames have full headers, each may state its own size, of as many bits.
    pixels = width * height if reduced else 1 << width_bits + height_bits
    _skip_tools(bits, reduced)
    samples, depth, matrix = _colours(bits, profile)
    has_grain = bits.take(1)
    return Frames(pixels, pixels * samples * (2 if depth > 8 else 1) * (1 + has_grain), matrix)


def _skip_tools(bits: Bits, reduced: int) -> None:
    """Skips the coding tools, which lie between the size and the colours."""
    if not reduced and bits.take(1):  # numbers of frames
        bits.take(7)
    bits.take(3)
    if not reduced:
        bits.take(4)
        has_order = bits.take(1)
        bits.take(2 * has_order)
        screen = 1 if bits.take(1) else bits.take(1)  # tools for screens: chosen by each frame, or for all
        if screen and not bits.take(1):
            bits.take(1)
        bits.take(3 * has_order)
    bits.take(3)


def _colours(bits: Bits, profile: int) -> tuple[float, int, int]:
    """Samples per pixel, bits per sample, and the number of the matrix."""
    depth = 10 if bits.take(1) else 8
    if profile == 2 and depth > 8 and bits.take(1):
        depth = 12
    is_grey = profile != 1 and bits.take(1)
    spaces = [bits.take(8) for _ in range(3)] if bits.take(1) else [UNSPECIFIED] * 3
    if is_grey:
        bits.take(1)
        return 1, depth, spaces[-1]
    if spaces == [BT709, SRGB, IDENTITY]:
        bits.take(1)
        return 3, depth, IDENTITY
    bits.take(1)
    across, down = {0: (1, 1), 1: (0, 0)}.get(profile, (1, 0))
    if profile == 2 and depth == 12:
        across = bits.take(1)
        down = bits.take(1) if across else 0
    bits.take(2 * (across & down) + 1)
    return 1 + 2 / (1 << across + down), depth, spaces[-1]


def _skip_operating_points(bits: Bits) -> None:
    """Skips timing and operating points, which lie before the size."""
    delay_bits = 0
    if bits.take(1):  # timing
        bits.take(64)
        if bits.take(1):
            bits.take_exponential()
        if bits.take(1):  # decoder model
            delay_bits = bits.take(5) + 1
            bits.take(42)
    initial_delays = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if initial_delays and bits.take(1):
            bits.take(4)
