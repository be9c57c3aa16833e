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
SOS, DHT, DQT, RESTARTS = 0xDA, 0xC4, 0xDB, 0xDD
APP0, APP1, ADOBE, APPLICATIONS, COMMENT = 0xE0, 0xE1, 0xEE, range(0xE0, 0xF0), 0xFE
BASELINE, EXTENDED, PROGRESSIVE = 0xC0, 0xC1, 0xC2
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the others are lossless, hierarchical or arithmetically coded

# The next segment, after fill bytes and the data of a scan: its bytes, stuffed zeros and restart markers.
SEGMENT = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
# The marker at which decoders stop reading a scan; others are damage that they skip.
STOP = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")

MAX_SEGMENTS = 5000
# Bytes of a file whose end need not be searched for. Decoders keep what follows the pixels, in up to seven times the
# file's bytes; the search takes a tenth of the decoding time.
MAX_UNSEARCHED = 8 << 20
MAX_TABLE_BYTES = 1 << 16  # of all quantisation and Huffman tables before the first scan; encoders write about 600
MAX_SCANS = 100  # encoders write about 10; an empty one takes 10 bytes and a pass over all coefficients

SEQUENTIAL_MS_PER_SAMPLE, SEQUENTIAL_MS_PER_BYTE = 0.4e-6, 10e-6
RESTART_MS_PER_SAMPLE = 4e-6  # with a restart at every unit; fewer cost less
SCAN_MS_PER_SAMPLE, PROGRESSIVE_MS_PER_BYTE = 0.65e-6, 24e-6
BYTES_PER_COEFFICIENT = 2
KEPT_BYTES = 2  # of memory for each byte of metadata
MIN_PASSES = 3  # over all coefficients, which is what their memory costs even if there are fewer scans
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
        interval: the number of units between restarts in the next scan; 0 if there are none.
        restarts: the sum of all scans' samples, each divided by its interval.
    """

    progressive: bool
    width: int
    height: int
    samples: dict[int, float]
    scans: int = 0
    interleaved: bool = False
    scanned_samples: float = 0.0
    interval: int = 0
    restarts: float = 0.0

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

    def set_interval(self, segment: Segment, data: bytes) -> None:
        """Takes the interval between restarts from a segment, if that states one."""
        if segment.marker == RESTARTS:
            (self.interval,) = struct.unpack_from(">H", segment.content(data))

    def scan(self, segment: bytes) -> None:
        """Counts a scan."""
        if self.scans == MAX_SCANS:
            raise ValueError("too many scans")
        if not self.scans:
            self.interleaved = segment[0] >= len(self.samples)
        self.scans += 1
        samples = sum(self.samples[segment[1 + 2 * index]] for index in range(segment[0]))
        self.scanned_samples += samples
        self.restarts += samples / self.interval if self.interval else 0

    @property
    def in_one_scan(self) -> bool:
        """True if decoders read nothing after the first scan."""
        return not self.progressive and self.interleaved

    def cost(self, file_bytes: int) -> Cost:
        """The cost without the output pixels. Several scans need memory for all coefficients."""
        samples = sum(self.samples.values())
        extra = Cost(self.restarts * RESTART_MS_PER_SAMPLE)
        if len(self.samples) == INKS:
            extra += Cost(self.width * self.height * INKS_MS_PER_PIXEL, self.width * self.height * INKS)
        if self.in_one_scan:
            return extra + Cost(samples * SEQUENTIAL_MS_PER_SAMPLE + file_bytes * SEQUENTIAL_MS_PER_BYTE)
        scanned = max(self.scanned_samples, samples * MIN_PASSES)
        milliseconds = scanned * SCAN_MS_PER_SAMPLE + file_bytes * PROGRESSIVE_MS_PER_BYTE
        return extra + Cost(milliseconds, samples * BYTES_PER_COEFFICIENT)


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
    if sum(each.end - each.start for each in tables if each.marker in (DHT, DQT)) > MAX_TABLE_BYTES:
        raise ValueError("too many tables")
    (frame,) = (Frame.read(each.marker, each.content(data)) for each in tables if each.marker in FRAMES)
    for each in tables:
        frame.set_interval(each, data)
    frame.scan(segment.content(data))
    if not frame.in_one_scan:
        for each in segments:
            frame.set_interval(each, data)
            if each.marker == SOS:
                frame.scan(each.content(data))
            elif each.marker in FRAMES:
                raise ValueError("two frames")
    applications = (each.content(data) for each in tables if each.marker == APP1)
    exif_data = next((each for each in applications if each.startswith(exif.PREFIX)), None)
    orientation = exif.orientation(exif_data) if exif_data else UPRIGHT
    is_suspect = frame.in_one_scan and len(data) > MAX_UNSEARCHED
    stop = STOP.search(data, segment.end) if is_suspect else None
    content = _content(data, tables, segment.start, stop.start() if stop else len(data))
    copied = 0 if content is data else len(content)
    kept = KEPT_BYTES * sum(each.end - each.start for each in tables if each.marker in APPLICATIONS)
    cost = frame.cost(len(data)) + Cost(bytes=copied + kept)
    return Header(
        "JPEG", frame.width, frame.height, content, cost, orientation, whole=frame.in_one_scan and data.endswith(END)
    )


def _content(data: bytes, tables: list[Segment], scans: int, end: int) -> bytes:
    """The file without garbage between its first segments or behind its end, and with an end marker.

    Some cameras omit that marker. If more is missing, the decoder will find out.

    Args:
        data: the file.
        tables: the segments before the first scan.
        scans: the first scan's position.
        end: the position behind the last scan that decoders read.
    """
    is_compact = sum(each.end - each.start for each in tables) == scans - len(START)
    if data.endswith(END, scans, end):
        end -= len(END)
    if is_compact and end == len(data) - len(END) and data.endswith(END):
        return data
    parts = [data[each.start : each.end] for each in tables]
    return b"".join([START, *parts, memoryview(data)[scans:end], END])


def without_metadata(data: bytes) -> bytes:
    """A file that `read` accepts, without comments and what applications added, except facts about its colours."""
    kept: list[bytes] = []
    for each in _segments(data):
        if each.marker == SOS:
            return START + b"".join(kept) + data[each.start :]
        if each.marker != COMMENT and (each.marker not in APPLICATIONS or each.marker in (APP0, ADOBE)):
            kept.append(data[each.start : each.end])
    raise ValueError("no scan")


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
