"""Reads the size and kind of HEVC frames (ITU-T H.265, section 7.3)."""

from typing import NamedTuple

from detector.images.encodings.bits import Bits

SEQUENCE_PARAMETERS = 33  # a type of NAL unit
PARAMETERS = (32, 33, 34)
MAX_UNITS = 2000
MAX_BYTES = 1000  # of sequence parameters, as far as they are read


FULL_CHROMA, HALF_CHROMA = 3, 2  # formats with as much colour as brightness, and half as much


class Frame(NamedTuple):
    """A frame.

    Attributes:
        pixels: their number.
        is_deep: True if samples have more than 8 bits.
        has_much_colour: True if colours are sampled more often than at every fourth pixel.
    """

    pixels: int
    is_deep: bool
    has_much_colour: bool


def read_frame(config: bytes) -> Frame:
    """The worst of a frame, from the decoder configuration of an item (ISO/IEC 14496-15, section 8.3.3)."""
    position, frames = 23, []
    for _ in range(config[22]):
        kind = config[position] & 63
        count = int.from_bytes(config[position + 1 : position + 3], "big")
        position += 3
        for _ in range(min(count, MAX_UNITS)):
            size = int.from_bytes(config[position : position + 2], "big")
            if kind == SEQUENCE_PARAMETERS:
                frames.append(_frame(config[position + 2 : position + 2 + size]))
            position += 2 + size
    return Frame(*map(max, zip(*frames, strict=True)))


def check_slices(content: bytes, config: bytes) -> None:
    """Refuses an item that contains further parameters, since each set might announce another size."""
    wide = (config[21] & 3) + 1
    position = 0
    for _ in range(MAX_UNITS):
        if position >= len(content):
            return
        size = int.from_bytes(content[position : position + wide], "big")
        if content[position + wide] >> 1 & 63 in PARAMETERS:
            raise ValueError("parameters within an image")
        position += wide + size
    raise ValueError("too many units")


def _frame(unit: bytes) -> Frame:
    bits = Bits(unit[2:MAX_BYTES].replace(b"\0\0\3", b"\0\0"))  # without the emulation prevention bytes
    bits.take(4)
    layers = bits.take(3)
    bits.take(1 + 96)  # the general profile and level
    known = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for profile, level in known:
        bits.take(88 * profile + 8 * level)
    bits.take_exponential()
    chroma = bits.take_exponential()
    if chroma == FULL_CHROMA:
        bits.take(1)  # the three colours may be separate
    pixels = bits.take_exponential() * bits.take_exponential()
    if bits.take(1):  # a part of the frame is shown
        for _ in range(4):
            bits.take_exponential()
    is_deep = any([bits.take_exponential(), bits.take_exponential()])
    return Frame(pixels, is_deep, chroma in (HALF_CHROMA, FULL_CHROMA))
