"""Reads the TFLite Metadata table in a model file, with MediaPipe's options for raw SSD heads.

Source of the field numbers: mediapipe/tasks/metadata, metadata_schema.fbs and object_detector_metadata_schema.fbs.
"""

from dataclasses import dataclass

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from flatbuffers.number_types import BoolFlags, Int8Flags, Int32Flags
from numpy.typing import NDArray

from detector.files.about import UNSAID, About
from detector.files.flatbuffer import Damaged, Table, reading
from detector.files.sidecar import Normalisation
from detector.files.ssd_options import SsdHeads

NAME = b"TFLITE_METADATA"  # of the table, among the model's entries
DETECTOR_NAME = "DETECTOR_METADATA"  # of MediaPipe's options, within the table

NAME_OF_MODEL, SUBGRAPHS, AUTHOR, LICENCE = 0, 3, 4, 5  # in ModelMetadata
INPUTS, OUTPUTS, CUSTOM = 2, 3, 9  # in SubGraphMetadata
PROCESS_UNITS, ASSOCIATED_FILES = 4, 6  # in TensorMetadata
NORMALISATION = 1  # of the kinds of process units
AXIS_LABELS, VALUE_LABELS = 2, 3  # of the kinds of associated files


@dataclass(frozen=True, slots=True)
class TfliteMetadata:
    """The facts in the table; see metadata.Embedded."""

    label_files: tuple[str, ...] = ()
    normalisation: Normalisation | None = None
    ssd: SsdHeads | None = None
    about: About = UNSAID


def read(content: bytes) -> TfliteMetadata:
    """The facts in a model file's table; empty if it is absent or damaged.

    Args:
        content: a model that a runtime has accepted.
    """
    try:
        with reading():
            table = _find(content)
            root = Table.root(table) if table else None
            subgraphs = root.tables(SUBGRAPHS) if root else []
            about = About.of(*(_text(root, field) for field in (NAME_OF_MODEL, AUTHOR, LICENCE))) if root else UNSAID
            if not subgraphs:
                return TfliteMetadata(about=about)
            inputs, outputs = subgraphs[0].tables(INPUTS), subgraphs[0].tables(OUTPUTS)
            return TfliteMetadata(
                label_files=tuple(name for output in outputs for name in _label_files(output)),
                normalisation=_normalisation(inputs[0]) if inputs else None,
                ssd=_ssd(subgraphs[0]),
                about=about,
            )
    except Damaged:
        return TfliteMetadata()


def _text(table: Table, field: int) -> str:
    """A text of a table; empty where it is damaged, since nothing depends on it."""
    try:
        with reading():
            return table.text(field)
    except Damaged:
        return ""


def _find(content: bytes) -> bytes:
    """The table's bytes; empty if the model has no such entry."""
    model = schema.Model.GetRootAs(content)
    for number in range(model.MetadataLength()):
        entry = model.Metadata(number)
        if entry.Name() == NAME and entry.Buffer() < model.BuffersLength():
            buffer = model.Buffers(entry.Buffer())
            return bytes(buffer.DataAsNumpy()) if buffer.DataLength() else b""
    return b""


def _label_files(output: Table) -> list[str]:
    """The names of an output's label files, those without a language first."""
    files = [
        file for file in output.tables(ASSOCIATED_FILES) if file.number(2, 0, Int8Flags) in (AXIS_LABELS, VALUE_LABELS)
    ]
    return [file.text(0) for file in sorted(files, key=lambda file: bool(file.text(3)))]


def _normalisation(tensor: Table) -> Normalisation | None:
    """An input's normalisation, with one number for all channels, or one per channel."""
    for unit in tensor.tables(PROCESS_UNITS):
        options = unit.table(1)
        if unit.number(0, 0, Int8Flags) == NORMALISATION and options:
            return Normalisation(_channels(options.array(0, np.float32)), _channels(options.array(1, np.float32)))
    return None


def _channels(numbers: NDArray[np.generic]) -> float | tuple[float, float, float]:
    """One number if all are the same, else three."""
    values = numbers.astype(float)
    if len(set(values)) == 1:
        return float(values[0])
    first, second, third = values
    return float(first), float(second), float(third)


def _ssd(subgraph: Table) -> SsdHeads | None:
    """MediaPipe's options."""
    data = next(
        (entry.array(1, np.uint8).tobytes() for entry in subgraph.tables(CUSTOM) if entry.text(0) == DETECTOR_NAME), b""
    )
    if not data:
        return None
    root = Table.root(data)
    anchors, decoding = root.table(1), root.table(2)
    boxes = anchors.table(0) if anchors else None
    if not boxes or not decoding:
        return None
    return SsdHeads(
        anchors_cxcywh=np.array(
            [[box.number(n, 0.0) for n in range(4)] for box in boxes.tables(0)], np.float32
        ).reshape(-1, 4),
        scales_xywh=(decoding.number(6, 0), decoding.number(7, 0), decoding.number(8, 0), decoding.number(9, 0)),
        exponential=bool(decoding.number(10, 0, BoolFlags)),
        sigmoid=bool(decoding.number(11, 0, BoolFlags)),
        classes=int(decoding.number(0, 0, Int32Flags)),
    )
