"""Reads the frame size of HEVC data (ITU-T H.265, section 7.3)."""

from detector.images.encodings.bits import Bits

SEQUENCE_PARAMETERS = 33  # a type of NAL unit
PARAMETERS = (32, 33, 34)
MAX_UNITS = 2000
MAX_BYTES = 1000  # of sequence parameters, as far as the size


def frame_pixels(config: bytes) -> int:
    """The pixels of a frame, from the decoder configuration of an item (ISO/IEC 14496-15, section 8.3.3)."""
    position, pixels = 23, []
    for _ in range(config[22]):
        kind = config[position] & 63
        count = int.from_bytes(config[position + 1 : position + 3], "big")
        position += 3
        for _ in range(min(count, MAX_UNITS)):
            size = int.from_bytes(config[position : position + 2], "big")
            if kind == SEQUENCE_PARAMETERS:
                pixels.append(_pixels(config[position + 2 : position + 2 + size]))
            position += 2 + size
    return max(pixels)


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


def _pixels(unit: bytes) -> int:
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
    if bits.take_exponential() == 3:  # the chroma format in which the three colours may be separate
        bits.take(1)
    return bits.take_exponential() * bits.take_exponential()
