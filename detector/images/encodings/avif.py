"""Reads the boxes of an AVIF file (AV1 Image File Format; see boxes)."""

from detector.images.encodings import av1
from detector.images.encodings.boxes import GRID, Box, boxes, check_image, freed, read_items, superfluous
from detector.images.encodings.header import Header
from detector.images.limits import Cost

STILL, FILM = b"avif", b"avis"  # brands
CODED = b"av01"

FAST_MATRICES = {1, 2, 5, 6, 9}  # from which libyuv converts; all others take libavif's own, slower code

MS_PER_PIXEL, MS_PER_FRAME_BYTE, MS_PER_SLOW_PIXEL, MS_PER_BYTE = 15.2e-6, 1.2e-6, 14e-6, 80e-6
BYTES_PER_PIXEL = 10


def read(data: bytes, meta: Box) -> Header:
    """The header of an AVIF file; see read_header. For an animation, that of its still image."""
    items, image = read_items(data, meta)
    check_image(image, items, data, CODED)
    width, height = image.size(data)
    coded = [each for each in items if each.kind == CODED]
    frames = [av1.read_frames(each.content(data)) for each in coded]
    shown = width * height
    frame_bytes = sum(each.bytes for each in frames)
    matrices = {each.matrix for each in frames} | {each for item in items for each in item.matrices(data)}
    milliseconds = max(sum(each.pixels for each in frames), shown) * MS_PER_PIXEL
    milliseconds += frame_bytes * MS_PER_FRAME_BYTE + len(data) * MS_PER_BYTE
    if matrices - FAST_MATRICES:
        milliseconds += shown * MS_PER_SLOW_PIXEL
    if image.kind == GRID:  # its tiles are copied
        frame_bytes *= 2
    cost = Cost(milliseconds, shown * BYTES_PER_PIXEL + frame_bytes + 2 * len(data))
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
