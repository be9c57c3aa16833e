"""Distinguishes AVIF and HEIC files, which have the same structure."""

import importlib.util

from detector.errors import UnreadableImage
from detector.images.encodings import avif, heic
from detector.images.encodings.boxes import boxes
from detector.images.encodings.header import Header

AVIF = {b"avif", b"avis"}
HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
HAS_HEIC = importlib.util.find_spec("pillow_heif") is not None


def read(data: bytes) -> Header:
    """The header of an AVIF or HEIC file; see read_header."""
    if (data[8:12] in HEIC) and not HAS_HEIC:
        raise UnreadableImage(
            "This is a HEIC photo, which is not decoded here: send it as a JPEG, PNG, WebP or AVIF file. "
            "The service's operator can have HEIC decoded by installing its extra heif."
        )
    file_type, *others = boxes(data, 0, len(data))
    brands = {data[at : at + 4] for at in range(file_type.start, file_type.end, 4)}
    meta = next(each for each in others if each.kind == b"meta")
    if file_type.kind == b"ftyp" and brands & AVIF:
        return avif.read(data, meta)
    if file_type.kind == b"ftyp" and brands & HEIC and HAS_HEIC:
        return heic.read(data, meta)
    raise ValueError("another format")
