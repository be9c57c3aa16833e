"""Model files made for a test: they give the same outputs for every input."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers
from numpy.typing import ArrayLike, DTypeLike

from detector.files.found_labels import FoundLabels
from detector.files.labels import Labels
from detector.files.metadata import NOTHING, Embedded
from detector.files.modelfile import ModelFile
from detector.files.sidecar import Sidecar
from detector.files.ssd_options import SsdHeads
from detector.tflite.custom_operations import POSTPROCESS
from detector.tflite.outputs import Output
from detector.tflite.tensor import Tensor

TYPES = {
    np.dtype("float32"): schema.TensorType.FLOAT32,
    np.dtype("uint8"): schema.TensorType.UINT8,
    np.dtype("int8"): schema.TensorType.INT8,
    np.dtype("float16"): schema.TensorType.FLOAT16,
}
Shape = tuple[int, ...]


def facts(
    *outputs: Shape,
    input_shape: Shape = (1, 64, 64, 3),
    dtype: DTypeLike = "float32",
    scale: float = 0.0,
    labels: Sequence[str] | None = None,
    embedded: Embedded = NOTHING,
    sidecar: Sidecar | None = None,
    heads: SsdHeads | None = None,
) -> ModelFile:
    """The facts about a file with outputs of these shapes, numbered from 1; run, it gives zeros."""
    content = make(*(np.zeros(shape) for shape in outputs), input_shape=input_shape, dtype=dtype, scale=scale)
    tensors = tuple(Tensor(n, f"out{n}", shape, np.dtype("float32"), 0.0, 0) for n, shape in enumerate(outputs, 1))
    inputs = (Tensor(0, "in", input_shape, np.dtype(dtype), scale, 0),)
    return ModelFile(
        name="m",
        content=content,
        digest="",
        inputs=inputs,
        outputs=tensors,
        custom_operations={},
        labels=found_labels(*labels or ()),
        sidecar=sidecar or Sidecar(),
        embedded=replace(embedded, ssd=heads) if heads else embedded,
    )


def found_labels(*labels: str) -> FoundLabels:
    """These labels, as if found in a file of the model's name; none if there are none."""
    return FoundLabels((Labels((labels,), "label_file"),) if labels else ())


def answers(outputs: Mapping[int, np.ndarray]) -> dict[int, Output]:
    """The outputs of a model with float outputs, by their indices."""
    return {
        number: Output(Tensor(number, f"out{number}", output.shape, np.dtype("float32"), 0.0, 0), output)
        for number, output in outputs.items()
    }


def write(path: Path, *outputs: ArrayLike, files: Mapping[str, bytes] | None = None, **facts: Any) -> Path:
    """Writes a model file; see `make`, and files are appended in a zip."""
    path.write_bytes(make(*outputs, **facts) + (zipped(files) if files else b""))
    return path


def make(
    *outputs: ArrayLike,
    input_shape: Shape = (1, 64, 64, 3),
    dtype: DTypeLike = "float32",
    scale: float = 0.0,
    zero_point: int = 0,
    metadata: bytes = b"",
    postprocess: Mapping[str, object] | None = None,
    postprocess_order: Sequence[int] = (0, 1, 2, 3),
) -> bytes:
    """Makes a model that gives these outputs for every input; with TFLite Metadata if given.

    With options for TFLite_Detection_PostProcess, it gives that operation's four outputs in the stated order instead,
    and the outputs are what goes into it: boxes [1, N, 4], scores [1, N, C] and anchors [N, 4].

    float outputs are stored as float32; others as they are, with the input's scale and zero point.
    """
    model = schema.ModelT()
    model.version, model.description = 3, "made for a test"
    model.buffers = [schema.BufferT()]
    graph = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs, graph.operators = [], [0], [], []
    model.subgraphs, model.operatorCodes = [graph], []

    def add(name: str, shape: Shape, kind: np.dtype, buffer: int) -> None:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), TYPES[kind], buffer
        if kind != np.dtype("float32"):
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero_point]
        graph.tensors.append(tensor)

    def keep(content: bytes) -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(content, np.uint8)
        model.buffers.append(buffer)
        return len(model.buffers) - 1

    add("in", input_shape, np.dtype(dtype), 0)
    for number, output in enumerate(outputs, 1):
        numbers = np.asarray(output)
        numbers = numbers.astype(np.float32) if numbers.dtype not in TYPES else numbers
        add(f"out{number}", numbers.shape, numbers.dtype, keep(numbers.tobytes()))
        graph.outputs.append(number)
    if postprocess is not None:
        code, operation = schema.OperatorCodeT(), schema.OperatorT()
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
        code.customCode = POSTPROCESS
        options = flexbuffers.Dumps(dict(postprocess))
        operation.customOptions, operation.inputs = np.frombuffer(options, np.uint8), graph.outputs
        for number in range(4):
            add(f"{POSTPROCESS}:{number}", (), np.dtype("float32"), 0)
        operation.outputs = list(range(len(graph.tensors) - 4, len(graph.tensors)))
        graph.outputs = [operation.outputs[place] for place in postprocess_order]
        graph.operators, model.operatorCodes = [operation], [code]
    if metadata:
        entry = schema.MetadataT()
        entry.name, entry.buffer = "TFLITE_METADATA", keep(metadata)
        model.metadata = [entry]
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def flat(fields: Mapping[int, object]) -> bytes:
    """A flatbuffer of one table; its fields are numbers, texts, bytes, lists of numbers, tables or lists of tables."""
    builder = flatbuffers.Builder()
    builder.Finish(_table(builder, fields))
    return bytes(builder.Output())


def _table(builder: flatbuffers.Builder, fields: Mapping[int, object]) -> int:
    places = {number: _outside(builder, value) for number, value in fields.items()}
    builder.StartObject(max(fields) + 1)
    for number, value in fields.items():
        if places[number] is not None:
            builder.PrependUOffsetTRelativeSlot(number, places[number], 0)
        elif isinstance(value, bool):
            builder.PrependBoolSlot(number, value, False)
        elif isinstance(value, np.int8):
            builder.PrependInt8Slot(number, int(value), 0)
        elif isinstance(value, int):
            builder.PrependInt32Slot(number, value, 0)
        else:
            builder.PrependFloat32Slot(number, value, 0.0)
    return builder.EndObject()


def _outside(builder: flatbuffers.Builder, value: object) -> int | None:
    """The place of a value that is stored outside its table; None for a number."""
    if isinstance(value, str):
        return builder.CreateString(value)
    if isinstance(value, bytes):
        return builder.CreateNumpyVector(np.frombuffer(value, np.uint8))
    if isinstance(value, Mapping):
        return _table(builder, value)
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        tables = [_table(builder, item) for item in value]
        builder.StartVector(4, len(tables), 4)
        for table in reversed(tables):
            builder.PrependUOffsetTRelative(table)
        return builder.EndVector()
    if isinstance(value, list):
        return builder.CreateNumpyVector(np.array(value, np.float32))
    return None
