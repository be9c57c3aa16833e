"""Reads the markers of a JPEG file (ITU-T T.81, annex B)."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from detector.images.encodings import exif
from detector.images.encodings.header import UPRIGHT, Header
from detector.images.limits import Cost

START, END = b"\xff\xd8", b"\xff\xd9"
SOS, APP1 = 0xDA, 0xE1
BASELINE, EXTENDED, PROGRESSIVE = 0xC0, 0xC1, 0xC2
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the others are lossless, hierarchical or arithmetically coded

# The next segment, after fill bytes and the data of a scan: its bytes, stuffed zeros and restart markers.
SEGMENT = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")

MAX_SEGMENTS = 5000
MAX_SCANS = 100  # encoders write about 10; an empty one takes 10 bytes and a pass over all coefficients

SEQUENTIAL_MS_PER_SAMPLE, SEQUENTIAL_MS_PER_BYTE = 0.4e-6, 10e-6
SCAN_MS_PER_SAMPLE, PROGRESSIVE_MS_PER_BYTE = 0.65e-6, 24e-6
BYTES_PER_COEFFICIENT = 2
INKS, INKS_MS_PER_PIXEL = 4, 7e-6  # components of a CMYK photo, and the time to convert it to RGB


class Segment(NamedTuple):
    """A segment: its marker, its start and its end."""

    marker: int
    start: int
    end: int

    def content(self, data: bytes) -> bytes:
        """The bytes after its length."""
        return data[self.start + 4 : self.end]


@dataclass(slots=True)
class Frame:
    """An image of a JPEG file.

    Attributes:
        progressive: True if it is stored in scans that refine each other.
        width, height: pixels.
        samples: the number of samples per component, by the component's id.
        scans: the number of scans so far.
        interleaved: True if the first scan has all components.
        scanned_samples: the number of samples that all scans decode together.
    """

    progressive: bool
    width: int
    height: int
    samples: dict[int, float]
    scans: int = 0
    interleaved: bool = False
    scanned_samples: float = 0.0

    @classmethod
    def read(cls, marker: int, segment: bytes) -> "Frame":
        """The frame that a segment announces."""
        precision, height, width, count = struct.unpack_from(">BHHB", segment)
        decoded = marker in (BASELINE, EXTENDED, PROGRESSIVE) and precision == 8
        if not (decoded and width and height and count):
            raise ValueError("a frame that is not decoded")
        components = [struct.unpack_from("BB", segment, 6 + 3 * index) for index in range(count)]
        factors = {number: ((factor >> 4), (factor & 15)) for number, factor in components}
        if len(factors) != count or not all(1 <= each <= 4 for pair in factors.values() for each in pair):
            raise ValueError("components that contradict each other")
        widest, highest = (max(each) for each in zip(*factors.values(), strict=True))
        pixels = width * height / widest / highest
        samples = {number: pixels * across * down for number, (across, down) in factors.items()}
        return cls(marker == PROGRESSIVE, width, height, samples)

    def scan(self, segment: bytes) -> None:
        """Counts a scan."""
        if self.scans == MAX_SCANS:
            raise ValueError("too many scans")
        if not self.scans:
            self.interleaved = segment[0] >= len(self.samples)
        self.scans += 1
        self.scanned_samples += sum(self.samples[segment[1 + 2 * index]] for index in range(segment[0]))

    @property
    def in_one_scan(self) -> bool:
        """True if decoders read nothing after the first scan."""
        return not self.progressive and self.interleaved

    def cost(self, file_bytes: int) -> Cost:
        """The cost without the output pixels. Several scans need memory for all coefficients."""
        samples = sum(self.samples.values())
        inks = Cost()
        if len(self.samples) == INKS:
            inks = Cost(self.width * self.height * INKS_MS_PER_PIXEL, self.width * self.height * INKS)
        if self.in_one_scan:
            return inks + Cost(samples * SEQUENTIAL_MS_PER_SAMPLE + file_bytes * SEQUENTIAL_MS_PER_BYTE)
        milliseconds = self.scanned_samples * SCAN_MS_PER_SAMPLE + file_bytes * PROGRESSIVE_MS_PER_BYTE
        return inks + Cost(milliseconds, samples * BYTES_PER_COEFFICIENT)


def read(data: bytes) -> Header:
    """The header of a JPEG file; see read_header."""
    segments = _segments(data)
    tables: list[Segment] = []  # and all other segments before the first scan
    for segment in segments:
        if segment.marker == SOS:
            break
        tables.append(segment)
    else:
        raise ValueError("no scan")
    (frame,) = (Frame.read(each.marker, each.content(data)) for each in tables if each.marker in FRAMES)
    frame.scan(segment.content(data))
    if not frame.in_one_scan:
        for each in segments:
            if each.marker == SOS:
                frame.scan(each.content(data))
            elif each.marker in FRAMES:
                raise ValueError("two frames")
    applications = (each.content(data) for each in tables if each.marker == APP1)
    exif_data = next((each for each in applications if each.startswith(exif.PREFIX)), None)
    orientation = exif.orientation(exif_data) if exif_data else UPRIGHT
    content = _content(data, tables, segment.start)
    cost = frame.cost(len(data))
    return Header(
        "JPEG", frame.width, frame.height, content, cost, orientation, whole=frame.in_one_scan and data.endswith(END)
    )


def _content(data: bytes, tables: list[Segment], scans: int) -> bytes:
    """The file without garbage between its first segments, and with an end marker, which some cameras omit.

    If more than the marker is missing, the decoder will find out.
    """
    if sum(each.end - each.start for each in tables) < scans - len(START):
        data = START + b"".join(data[each.start : each.end] for each in tables) + data[scans:]
    return data if data.endswith(END) else data + END


def _segments(data: bytes) -> Iterator[Segment]:
    """The segments up to the end of the first image."""
    position = len(START)
    for _ in range(MAX_SEGMENTS):
        found = SEGMENT.search(data, position)
        if not found or found[1] in (START[1:], END[1:]):
            return
        (length,) = struct.unpack_from(">H", data, found.end())
        position = found.end() + length
        yield Segment(found[1][0], found.start(), position)
    raise ValueError("too many segments")
