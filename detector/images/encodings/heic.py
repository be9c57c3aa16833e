"""Reads the boxes of a HEIC file (ISO/IEC 23008-12; see boxes)."""

import struct

from detector.images.encodings import hevc
from detector.images.encodings.boxes import Box, Item, check_image, freed, read_items, superfluous
from detector.images.encodings.header import SIDEWAYS, Header
from detector.images.limits import Cost

CODED = b"hvc1"

MS_PER_PIXEL, MS_PER_BYTE, BYTES_PER_PIXEL = 13e-6, 115e-6, 9
# What pixels with much colour cost, and pixels and bytes with more than 8 bits, for which libde265 has no fast code.
TIMES_COLOUR, TIMES_DEEP, TIMES_DEEP_BYTE, BYTES_PER_DEEP_PIXEL = 2, 2, 2.2, 12


def read(data: bytes, meta: Box) -> Header:
    """The header of a HEIC file; see read_header."""
    items, image = read_items(data, meta)
    check_image(image, items, data, CODED)
    frames = [_frame(each, data) for each in items if each.kind == CODED]
    width, height = _shown_size(image, data)
    pixels = max(sum(each.pixels for each in frames), width * height)
    per_pixel, per_byte, memory = MS_PER_PIXEL, MS_PER_BYTE, BYTES_PER_PIXEL
    if any(each.has_much_colour for each in frames):
        per_pixel *= TIMES_COLOUR
    if any(each.is_deep for each in frames):
        per_pixel, per_byte, memory = per_pixel * TIMES_DEEP, per_byte * TIMES_DEEP_BYTE, BYTES_PER_DEEP_PIXEL
    cost = Cost(pixels * per_pixel + len(data) * per_byte, pixels * memory + len(data))
    if image.orientation(data) in SIDEWAYS:  # the decoder turns it upright itself
        width, height = height, width
    return Header("HEIC", width, height, bytes(freed(data, superfluous(data, meta))), cost)


def _frame(item: Item, data: bytes) -> hevc.Frame:
    config = next(data[each.start : each.end] for each in item.properties if each.kind == b"hvcC")
    hevc.check_slices(item.content(data), config)
    return hevc.read_frame(config)


def _shown_size(image: Item, data: bytes) -> tuple[int, int]:
    """The width and height shown: encoders pad images to whole blocks and have decoders crop them."""
    for each in image.properties:
        if each.kind == b"clap":
            width, width_divisor, height, height_divisor = struct.unpack_from(">IIII", data, each.start)
            return round(width / width_divisor), round(height / height_divisor)
    return image.size(data)
