"""What a model file says of itself beside its graph.

Two exporters write such facts. Ultralytics appends a zip with one text file. TFLite Metadata is a table in the file
itself and names text files in a zip that is appended, too.
"""

import ast
import io
import zipfile
import zlib
from dataclasses import dataclass
from typing import Annotated

import msgspec

from detector.errors import UnusableModel
from detector.files import labels, tflite_metadata
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
        labels: in class order.
        normalisation: of the input.
        task: what an Ultralytics model was trained for: detect, segment, pose, …
        ssd: how raw SSD heads are decoded.
    """

    labels: tuple[str, ...] | None = None
    normalisation: Normalisation | None = None
    task: str | None = None
    ssd: SsdHeads | None = None


NOTHING = Embedded()


class Ultralytics(msgspec.Struct, frozen=True):
    """The facts of an Ultralytics export that matter here; names by class number, or in class order."""

    names: dict[int, Annotated[str, msgspec.Meta(min_length=1)]] | list[Annotated[str, msgspec.Meta(min_length=1)]]
    task: str | None = None


def read(content: bytes) -> Embedded:
    """The facts in a model file. What is damaged counts as absent, as a label file beside the model replaces it.

    Args:
        content: a model that a runtime has accepted.
    """
    files = _files(content)
    table = tflite_metadata.read(content)
    ultralytics = _ultralytics(files)
    return Embedded(
        labels=_names(ultralytics) if ultralytics else _labels(files, (*table.label_files, *LABEL_FILES)),
        normalisation=table.normalisation,
        task=ultralytics.task if ultralytics else None,
        ssd=table.ssd,
    )


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
    """What an Ultralytics exporter wrote."""
    try:
        if ULTRALYTICS_JSON in files:
            return msgspec.json.decode(files[ULTRALYTICS_JSON], type=Ultralytics)
        for name in ULTRALYTICS_REPRS:
            if name in files:
                return msgspec.convert(ast.literal_eval(files[name].decode()), Ultralytics)
    except (msgspec.MsgspecError, ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return None


def _names(facts: Ultralytics) -> tuple[str, ...] | None:
    """Labels in class order; None where the numbers do not run from 0."""
    if isinstance(facts.names, list):
        return tuple(facts.names) or None
    if sorted(facts.names) != list(range(len(facts.names))):
        return None
    return tuple(facts.names[number] for number in range(len(facts.names))) or None


def _labels(files: dict[str, bytes], names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The labels in the first of the named files that is there."""
    for name in names:
        if name in files:
            try:
                return labels.parse(name, files[name])
            except UnusableModel:
                return None
    return None
