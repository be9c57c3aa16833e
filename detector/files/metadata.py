"""Reads the facts that a model file states beside its graph.

Two exporters write such facts. Ultralytics appends a zip with one text file. TFLite Metadata is a table in the file
itself and names text files in a zip that is appended, too.
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

MOST_BYTES = 1 << 20  # of one text file; the largest label maps known have some tens of kilobytes
METHODS = (
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
)  # what the exporters use, and what unpacks no more than is asked for

ULTRALYTICS_JSON = "metadata.json"
ULTRALYTICS_REPRS = ("temp_meta.txt", "meta.txt")  # Python's repr of a dict: exporters up to 8.3.91, and YOLOv5's
LABEL_FILES = ("labelmap.txt", "labels.txt")  # where the table does not name one


@dataclass(frozen=True, slots=True)
class Embedded:
    """The facts found in a file; each may be absent.

    Attributes:
        labels: of its classes.
        normalisation: of the input.
        task: what an Ultralytics model was trained for: detect, segment, pose, …
        ssd: how raw SSD heads are decoded.
        about: where the model comes from, and its licence.
    """

    labels: Labels | None = None
    normalisation: Normalisation | None = None
    task: str | None = None
    ssd: SsdHeads | None = None
    about: About = UNSAID


NOTHING = Embedded()


class Ultralytics(Names, frozen=True):
    """The facts of an Ultralytics export that matter here."""

    task: str | None = None
    description: object = None
    author: object = None
    license: object = None


def read(content: bytes) -> Embedded:
    """The facts in a model file. What is damaged counts as absent, as a label file beside the model replaces it.

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
    """What an exporter wrote about its model; what is no text counts as absent."""
    texts = (text if isinstance(text, str) else "" for text in (facts.description, facts.author, facts.license))
    return About.of(*texts)


def _files(content: bytes) -> dict[str, bytes]:
    """The text files in the zip at the content's end, by name; none where there is no zip."""
    found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist()[:100]:
                if entry.filename.endswith((".txt", ".json")) and entry.compress_type in METHODS:
                    with archive.open(entry) as file:
                        text = file.read(MOST_BYTES + 1)
                    if len(text) <= MOST_BYTES:
                        found[entry.filename] = text
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, ValueError, NotImplementedError):
        return {}  # there is none, or it is damaged or encrypted
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
    """An exporter's labels; none where their numbers do not run from 0, or they are not what the contract allows."""
    names = in_order(facts.names)
    try:
        check("its metadata", names or ())
    except UnusableModel:
        return ()
    return (names,) if names else ()


def _readings(files: dict[str, bytes], names: tuple[str, ...]) -> tuple[Reading, ...]:
    """The labels in the first of the named files that is there; none where they cannot be used."""
    for name in names:
        if name in files:
            try:
                return parse(name, files[name])
            except UnusableModel:
                return ()
    return ()
