"""Reads how many groups of prefix codes a lossless WebP may have (RFC 9649, section 3).

A decoder builds the tables of all groups before the first pixel: 65,536 of them, of three bytes each, take 530 ms
and 360 MB. An image of group numbers, whose size is read here, bounds how many there are. It comes behind the
transforms, so that the small images of these have to be skipped code by code. libwebp's encoder keeps them small: of a
photo with a megapixel that takes a tenth of the time to decode it, of larger ones less.
"""

from detector.images.encodings.bits import LowBits
from detector.images.encodings.prefix_codes import PrefixCode, read_code

HEADER_BITS = 8 + 14 + 14 + 1 + 3  # signature, width, height, alpha, version
SUBTRACT_GREEN, COLOUR_INDEXING = 2, 3
LENGTHS = 256  # where the symbols of the first code turn from values into lengths
CACHE = LENGTHS + 24  # and from those into places in the colour cache
DISTANCES = 40
MAX_CACHE_BITS = 11
MAX_SKIPPED = 150_000  # pixels of the transforms' images


def max_code_groups(data: bytes, width: int, height: int) -> tuple[int, int]:
    """The most groups of codes that an image can have, and the pixels that were skipped to know it.

    Args:
        data: the content of its chunk.
        width, height: as it says.

    Raises:
        ValueError: it is damaged, or its transforms take too much to read.
    """
    bits = LowBits(data, HEADER_BITS)
    seen: set[int] = set()
    skipped = 0
    while bits.take(1):
        kind = bits.take(2)
        if kind in seen:
            raise ValueError("a transform twice")
        seen.add(kind)
        if kind == SUBTRACT_GREEN:
            continue
        if kind == COLOUR_INDEXING:
            pixels = colours = bits.take(8) + 1
            packing = sum(colours <= most for most in (2, 4, 16))
        else:
            pixels = blocks(width, height, bits.take(3) + 2)
            packing = 0
        skipped += pixels
        if skipped > MAX_SKIPPED:
            raise ValueError("too large transforms")
        _skip_image(bits, pixels)
        width = (width + (1 << packing) - 1) >> packing
    _cache_size(bits)
    return blocks(width, height, bits.take(3) + 2) if bits.take(1) else 1, skipped


def blocks(width: int, height: int, bits: int) -> int:
    """The number of squares of 2 ** `bits` pixels that cover an image."""
    side = 1 << bits
    return ((width + side - 1) >> bits) * ((height + side - 1) >> bits)


def _cache_size(bits: LowBits) -> int:
    """The colours in the cache of an image."""
    if not bits.take(1):
        return 0
    size = bits.take(4)
    if not 1 <= size <= MAX_CACHE_BITS:
        raise ValueError("a cache of no size")
    return 1 << size


def _skip_image(bits: LowBits, pixels: int) -> None:
    """Skips an image of one group of codes."""
    cache = _cache_size(bits)
    green, *others = (read_code(bits, size) for size in (CACHE + cache, LENGTHS, LENGTHS, LENGTHS))
    distance = read_code(bits, DISTANCES)
    varying: list[PrefixCode] = [code for code in others if code.longest]
    if not varying and not green.longest and green.symbol(bits) < LENGTHS:
        return  # pixels of one colour take no bits
    while pixels > 0:
        symbol = green.symbol(bits)
        if symbol >= CACHE:
            pixels -= 1
        elif symbol >= LENGTHS:
            pixels -= _length(bits, symbol - LENGTHS)
            _length(bits, distance.symbol(bits))
        else:
            pixels -= 1
            for code in varying:
                code.symbol(bits)


def _length(bits: LowBits, prefix: int) -> int:
    """A length, or a distance, that a symbol and the bits behind it stand for."""
    if prefix < 4:
        return prefix + 1
    extra = (prefix - 2) >> 1
    return ((2 + (prefix & 1)) << extra) + bits.take(extra) + 1
