"""Reads the metadata in a model file.

There are two kinds. Ultralytics appends a zip archive with one text file. TFLite Metadata is a table in the file itself
that names text files in an appended zip archive.
"""

import ast
import io
import zipfile
import zlib
from dataclasses import dataclass

import msgspec

from detector.errors import UnusableModel
from detector.files import tflite_metadata
from detector.files.about import UNSAID, About
from detector.files.labels import Labels, Names, Reading, check, in_order, parse
from detector.files.sidecar import Normalisation
from detector.files.ssd_options import SsdHeads

MAX_BYTES = 1 << 20  # of one text file; the largest known label maps have some tens of kilobytes
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those that exporters use; neither unpacks more than is read

ULTRALYTICS_JSON = "metadata.json"
ULTRALYTICS_REPRS = ("temp_meta.txt", "meta.txt")  # Python's repr of a dict: exporters up to 8.3.91, and YOLOv5's
LABEL_FILES = ("labelmap.txt", "labels.txt")  # if the table does not name one


@dataclass(frozen=True, slots=True)
class Embedded:
    """The facts found in a file; each may be absent.

    Attributes:
        labels: of its classes.
        normalisation: of the input.
        task: an Ultralytics model's task: detect, segment, pose, …
        ssd: the facts for decoding raw SSD heads.
        about: the model's origin and licence.
    """

    labels: Labels | None = None
    normalisation: Normalisation | None = None
    task: str | None = None
    ssd: SsdHeads | None = None
    about: About = UNSAID


NOTHING = Embedded()


class Ultralytics(Names, frozen=True):
    """The relevant facts in an Ultralytics export."""

    task: str | None = None
    description: object = None
    author: object = None
    license: object = None


def read(content: bytes) -> Embedded:
    """The facts in a model file. Damaged facts count as absent, because a label file beside the model can replace them.

    Args:
        content: a model that a runtime has accepted.
    """
    files = _files(content)
    table = tflite_metadata.read(content)
    ultralytics = _ultralytics(files)
    readings = _names(ultralytics) if ultralytics else _readings(files, (*table.label_files, *LABEL_FILES))
    return Embedded(
        labels=Labels(readings, "metadata", "its metadata") if readings else None,
        normalisation=table.normalisation,
        task=ultralytics.task if ultralytics else None,
        ssd=table.ssd,
        about=_about(ultralytics) if ultralytics else table.about,
    )


def _about(facts: Ultralytics) -> About:
    """An exporter's facts about its model; those that are not text count as absent."""
    texts = (text if isinstance(text, str) else "" for text in (facts.description, facts.author, facts.license))
    return About.of(*texts)


def _files(content: bytes) -> dict[str, bytes]:
    """The text files in the zip archive at the content's end, by name; empty without an archive."""
    found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist()[:100]:
                if entry.filename.endswith((".txt", ".json")) and entry.compress_type in METHODS:
                    with archive.open(entry) as file:
                        text = file.read(MAX_BYTES + 1)
                    if len(text) <= MAX_BYTES:
                        found[entry.filename] = text
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, ValueError, NotImplementedError):
        return {}  # the archive is absent, damaged or encrypted
    return found


def _ultralytics(files: dict[str, bytes]) -> Ultralytics | None:
    """The facts that an Ultralytics exporter wrote."""
    try:
        if ULTRALYTICS_JSON in files:
            return msgspec.json.decode(files[ULTRALYTICS_JSON], type=Ultralytics)
        for name in ULTRALYTICS_REPRS:
            if name in files:
                return msgspec.convert(ast.literal_eval(files[name].decode()), Ultralytics)
    except (msgspec.MsgspecError, ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return None


def _names(facts: Ultralytics) -> tuple[Reading, ...]:
    """An exporter's labels; empty if they are not numbered from 0, or exceed the contract's bounds."""
    names = in_order(facts.names)
    try:
        check("its metadata", names or ())
    except UnusableModel:
        return ()
    return (names,) if names else ()


def _readings(files: dict[str, bytes], names: tuple[str, ...]) -> tuple[Reading, ...]:
    """The labels in the first of the named files that is present; empty if they cannot be used."""
    for name in names:
        if name in files:
            try:
                return parse(name, files[name])
            except UnusableModel:
                return ()
    return ()
