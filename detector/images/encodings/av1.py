"""Reads the frame size of AV1 data (AV1 Bitstream & Decoding Process Specification, section 5)."""

from collections.abc import Iterator

from detector.images.encodings.bits import Bits

SEQUENCE_HEADER, FRAME_HEADER, FRAME = 1, 3, 6
MAX_UNITS = 1000


def coded_pixels(data: bytes) -> int:
    """The number of pixels that a decoder decodes for an item, in all frames, hidden ones included."""
    pixels, frames = 0, 0
    for kind, unit in _units(data):
        if kind == SEQUENCE_HEADER:
            pixels = max(pixels, _pixels(unit))
        elif kind in (FRAME_HEADER, FRAME):
            frames += 1
    if not pixels or not frames:
        raise ValueError("no frame")
    return pixels * frames


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


def _pixels(sequence_header: bytes) -> int:
    """The pixels of the largest possible frame."""
    bits = Bits(sequence_header[:200])
    bits.take(4)  # profile, still picture
    reduced = bits.take(1)
    if reduced:
        bits.take(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    # Where frames have full headers, each may state its own size, of as many bits.
    return width * height if reduced else 1 << width_bits + height_bits


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
