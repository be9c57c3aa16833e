"""Reads the boxes of a HEIC file (ISO/IEC 23008-12; see boxes)."""

import struct

from detector.images.encodings import hevc
from detector.images.encodings.boxes import Box, Item, check_image, freed, read_items, superfluous
from detector.images.encodings.header import SIDEWAYS, Header
from detector.images.limits import Cost

CODED = b"hvc1"

MS_PER_PIXEL, MS_PER_BYTE, BYTES_PER_PIXEL = 8e-6, 140e-6, 8


def read(data: bytes, meta: Box) -> Header:
    """The header of a HEIC file; see read_header."""
    items, image = read_items(data, meta)
    check_image(image, items, data, CODED)
    decoded = sum(_pixels(each, data) for each in items if each.kind == CODED)
    width, height = _shown_size(image, data)
    pixels = max(decoded, width * height)
    cost = Cost(pixels * MS_PER_PIXEL + len(data) * MS_PER_BYTE, pixels * BYTES_PER_PIXEL + len(data))
    if image.orientation(data) in SIDEWAYS:  # the decoder turns it upright itself
        width, height = height, width
    return Header("HEIC", width, height, bytes(freed(data, superfluous(data, meta))), cost)


def _pixels(item: Item, data: bytes) -> int:
    config = next(data[each.start : each.end] for each in item.properties if each.kind == b"hvcC")
    hevc.check_slices(item.content(data), config)
    return hevc.frame_pixels(config)


def _shown_size(image: Item, data: bytes) -> tuple[int, int]:
    """The width and height shown: encoders pad images to whole blocks and have decoders crop them."""
    for each in image.properties:
        if each.kind == b"clap":
            width, width_divisor, height, height_divisor = struct.unpack_from(">IIII", data, each.start)
            return round(width / width_divisor), round(height / height_divisor)
    return image.size(data)
