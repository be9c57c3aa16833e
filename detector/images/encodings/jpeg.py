"""Reads the markers of a JPEG file (ITU-T T.81, annex B)."""

import re
import struct
from collections.abc import Iterator

from detector.images.encodings import exif
from detector.images.encodings.announced import UPRIGHT, Announced

SOF = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
SOI, EOI, SOS, APP1 = 0xD8, 0xD9, 0xDA, 0xE1

# Bytes before the next segment: entropy-coded ones of a scan, stuffed zeros and restart markers among them, and fill.
SEGMENT = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")

MAX_SEGMENTS = 5000
MAX_SCANS = 100  # encoders write about 10; an empty one costs 10 bytes, and a pass over all coefficients
SCAN_WEIGHT = 0.02  # of a pixel, per scan


def read(data: bytes) -> Announced:
    """What a JPEG file announces; see read_header."""
    orientation, frame, scans = None, None, 0
    for marker, segment in _segments(data):
        if marker == APP1 and orientation is None and segment.startswith(b"Exif\0\0"):
            orientation = exif.orientation(segment)
        elif marker in SOF:
            if frame:
                raise ValueError("two frames")
            frame = (marker in PROGRESSIVE, *struct.unpack_from(">BHHB", segment))
        elif marker == SOS:
            if not frame or scans == MAX_SCANS:
                raise ValueError("no frame, or too many scans")
            scans += 1
            progressive, *_, components = frame
            if not progressive and segment[0] >= components:
                break  # decoders read no further, since this scan has all components
    if not frame or not scans:
        raise ValueError("no scan")
    _, _, height, width, components = frame
    return Announced(width, height, data, orientation or UPRIGHT, _weight(components, scans))


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker and the content of each segment, up to the end of the first image."""
    position = 2
    for _ in range(MAX_SEGMENTS):
        found = SEGMENT.search(data, position)
        if not found or found[1][0] in (SOI, EOI):
            return
        (length,) = struct.unpack_from(">H", data, found.end())
        position = found.end() + length
        yield found[1][0], data[found.end() + 2 : position]
    raise ValueError("too many segments")


def _weight(components: int, scans: int) -> float:
    return 1.0 if scans == 1 else (1.0 + SCAN_WEIGHT * scans) * max(1.0, components / 3)
