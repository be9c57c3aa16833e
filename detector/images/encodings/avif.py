"""Reads the boxes of an AVIF file (AV1 Image File Format; see boxes)."""

from detector.images.encodings import av1
from detector.images.encodings.boxes import Box, boxes, check_image, freed, read_items, superfluous
from detector.images.encodings.header import Header
from detector.images.limits import Cost

STILL, FILM = b"avif", b"avis"  # brands
CODED = b"av01"

MS_PER_PIXEL, MS_PER_BYTE, BYTES_PER_PIXEL = 17e-6, 80e-6, 14


def read(data: bytes, meta: Box) -> Header:
    """The header of an AVIF file; see read_header. For an animation, that of its still image."""
    items, image = read_items(data, meta)
    check_image(image, items, data, CODED)
    width, height = image.size(data)
    decoded = sum(av1.coded_pixels(each.content(data)) for each in items if each.kind == CODED)
    pixels = max(decoded, width * height)
    cost = Cost(pixels * MS_PER_PIXEL + len(data) * MS_PER_BYTE, pixels * BYTES_PER_PIXEL + 2 * len(data))
    return Header("AVIF", width, height, _bare(data, meta), cost, image.orientation(data))


def _bare(data: bytes, meta: Box) -> bytes:
    """The file without its animation, which decoders would decode instead, and without other tables, however long."""
    every = list(boxes(data, 0, len(data)))
    others = [each for each in every if each.kind not in (b"ftyp", b"meta", b"mdat")]
    content = freed(data, others + superfluous(data, meta))
    for each in every:
        if each.kind == b"ftyp":
            for at in range(each.start, each.end, 4):
                if data[at : at + 4] == FILM:
                    content[at : at + 4] = STILL
    return bytes(content)
