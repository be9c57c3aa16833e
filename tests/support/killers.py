"""Model files that end their process, that never return, or that need all memory.

Each is the bundled model with one more operation, whose result nothing reads.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from detector.tflite.graph import Graph

OPERATION, OPTIONS, TYPE = schema.BuiltinOperator, schema.BuiltinOptions, schema.TensorType
TYPES = {"bool": TYPE.BOOL, "int32": TYPE.INT32, "float32": TYPE.FLOAT32}


def split_into_none(content: bytes) -> bytes:
    """A segmentation fault as soon as the runtime prepares it."""
    options = schema.SplitOptionsT()
    options.numSplits = 0
    return _with_operation(content, OPERATION.SPLIT, OPTIONS.SplitOptions, options, np.zeros(3, np.float32))


def overflowing_division(content: bytes) -> bytes:
    """A floating-point exception of a kernel as soon as it runs."""
    least, divisor = np.array([-(2**31)], np.int32), np.array([-1], np.int32)
    options = schema.FloorModOptionsT()
    return _with_operation(content, OPERATION.FLOOR_MOD, OPTIONS.FloorModOptions, options, least, divisor)


def huge_fill(content: bytes) -> bytes:
    """Fills 32 GiB."""
    sides, value = np.array([1 << 11] * 3, np.int32), np.array([1], np.float32).reshape(())
    return _with_operation(content, OPERATION.FILL, OPTIONS.FillOptions, schema.FillOptionsT(), sides, value)


def endless_loop(content: bytes) -> bytes:
    """Loops while a constant is true."""
    model = _model(content)
    options = schema.WhileOptionsT()
    options.condSubgraphIndex, options.bodySubgraphIndex = len(model.subgraphs), len(model.subgraphs) + 1
    state = _tensor(np.array([1], np.float32), 0)
    model.buffers.append(_buffer(np.array([True])))
    model.subgraphs.append(_subgraph([state, _tensor(np.array([True]), len(model.buffers) - 1)], outputs=[1]))
    model.subgraphs.append(_subgraph([state], outputs=[0]))
    return _with_operation(
        Graph(model).serialise(), OPERATION.WHILE, OPTIONS.WhileOptions, options, np.array([1], np.float32)
    )


# By the signal that ends the process.
KILLERS: dict[str, Callable[[bytes], bytes]] = {"SIGSEGV": split_into_none, "SIGFPE": overflowing_division}


def _with_operation(content: bytes, operation: int, kind: int, options: Any, *constants: NDArray[Any]) -> bytes:
    """The model with one more operation on constants; its result has the last one's type."""
    model = _model(content)
    graph = model.subgraphs[0]
    code, operator = schema.OperatorCodeT(), schema.OperatorT()
    code.builtinCode = code.deprecatedBuiltinCode = operation
    code.version = 1
    operator.opcodeIndex = len(model.operatorCodes)
    operator.builtinOptionsType, operator.builtinOptions = kind, options
    operator.inputs = []
    for numbers in constants:
        model.buffers.append(_buffer(numbers))
        graph.tensors.append(_tensor(numbers, len(model.buffers) - 1))
        operator.inputs.append(len(graph.tensors) - 1)
    graph.tensors.append(_tensor(constants[-1], 0))
    operator.outputs = [len(graph.tensors) - 1]
    model.operatorCodes.append(code)
    graph.operators.append(operator)
    return Graph(model).serialise()


def _model(content: bytes) -> Any:
    """The schema's object of a model file, including constants that lie behind the flatbuffer."""
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(Graph.parse(content).serialise()))


def _buffer(numbers: NDArray[Any]) -> Any:
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(numbers.tobytes(), np.uint8)
    return buffer


def _tensor(like: NDArray[Any], buffer: int) -> Any:
    """A tensor of an array's shape and type."""
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type, tensor.buffer = "added", list(like.shape), TYPES[like.dtype.name], buffer
    return tensor


def _subgraph(tensors: list[Any], outputs: list[int]) -> Any:
    """A graph without operations, whose first tensor is its input."""
    graph = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs, graph.operators = tensors, [0], outputs, []
    return graph
