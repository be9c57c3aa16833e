"""The operations and tensors of a model file as objects, to be looked at, changed and packed again.

Source: the schema of the TFLite format.
"""

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import DTypeLike, NDArray

OPERATION = schema.BuiltinOperator
HALF = 128  # between a uint8 and the int8 that means the same
ABSENT = -1  # the number of a tensor that an operation goes without
EMPTY = 0  # the number of the buffer of tensors that are no constants

# The operations that have a kernel, with the axis of its output channels.
KERNELS = {OPERATION.CONV_2D: 0, OPERATION.DEPTHWISE_CONV_2D: 3}


def unpacked(content: bytes) -> Any:
    """The objects of a model that a runtime has accepted, with all constants in them, and inputs of all operators.

    Newer files, such as PyTorch's converter writes, have constants behind the flatbuffer, and say where. Operators that
    have no inputs, such as those of variables, may say so by leaving them out.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    for operator in model.subgraphs[0].operators:
        operator.inputs = [] if operator.inputs is None else operator.inputs
    for buffer in model.buffers:
        if buffer.size:
            buffer.data = np.frombuffer(content, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    return model


def packed(model: Any, size: int) -> bytes:
    """A model's objects as a file, of about so many bytes."""
    builder = flatbuffers.Builder(size)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def operation_of(model: Any, operator: Any) -> int:
    """A member of OPERATION; older files have it in one field, newer ones in the other."""
    code = model.operatorCodes[operator.opcodeIndex]
    return max(int(code.builtinCode), int(code.deprecatedBuiltinCode))


def shape_of(model: Any, number: int) -> tuple[int, ...]:
    """A tensor's dimensions; files leave those of a single number out."""
    shape = model.subgraphs[0].tensors[number].shape
    return () if shape is None else tuple(map(int, shape))


def has_one_scale(tensor: Any) -> bool:
    """Whether a tensor is quantised with one scale and zero point for all of its numbers."""
    quantisation = tensor.quantization
    return quantisation is not None and np.shape(quantisation.scale) == np.shape(quantisation.zeroPoint) == (1,)


def is_constant(model: Any, tensor: Any) -> bool:
    """Whether a tensor's numbers are in the file."""
    return model.buffers[tensor.buffer].data is not None


def stored(model: Any, tensor: Any, dtype: DTypeLike) -> NDArray[Any]:
    """A tensor's numbers, as they are stored."""
    return np.asarray(np.frombuffer(model.buffers[tensor.buffer].data, dtype).reshape(tensor.shape))


def put(model: Any, tensor: Any, numbers: NDArray[Any]) -> None:
    """Gives a tensor other constants, in a buffer of its own, since tensors may share one."""
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(numbers.tobytes(), np.uint8)
    tensor.buffer = len(model.buffers)
    model.buffers.append(buffer)


def added(model: Any, tensor: Any) -> int:
    """Adds a tensor; returns its number."""
    tensors = model.subgraphs[0].tensors
    tensors.append(tensor)
    return len(tensors) - 1


def conversion(model: Any, operation: int, before: int, after: int) -> Any:
    """An operator, of an operation without options, that makes one tensor the other."""
    code, operator = schema.OperatorCodeT(), schema.OperatorT()
    code.builtinCode = code.deprecatedBuiltinCode = operation
    operator.opcodeIndex = len(model.operatorCodes)
    operator.inputs, operator.outputs = [before], [after]
    model.operatorCodes.append(code)
    return operator


def forget_what_is_unused(model: Any) -> None:
    """Empties the buffers of constants that no operator reads, and of metadata, which have been read."""
    model.metadata = model.metadataBuffer = None
    graph = model.subgraphs[0]
    numbers = set(graph.outputs).union(*(operator.inputs for operator in graph.operators)) - {ABSENT}
    used = {graph.tensors[number].buffer for number in numbers}
    for number, buffer in enumerate(model.buffers):
        if number not in used:
            buffer.data = None


def behind(model: Any, tensors: Iterable[int]) -> set[int]:
    """The places of all operators that are needed for some tensors."""
    operators = model.subgraphs[0].operators
    makers = {number: place for place, operator in enumerate(operators) for number in operator.outputs}
    found: set[int] = set()
    left = list(tensors)
    while left:
        place = makers.get(left.pop())
        if place is not None and place not in found:
            found.add(place)
            left.extend(operators[place].inputs)
    return found


def part_of(model: Any, places: set[int], inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
    """A model with only the operators at these places, and the constants that they read."""
    part, graph = copy.copy(model), copy.copy(model.subgraphs[0])
    graph.operators = [operator for place, operator in enumerate(graph.operators) if place in places]
    graph.inputs, graph.outputs = inputs, outputs
    part.subgraphs, part.buffers, part.signatureDefs = [graph], list(map(copy.copy, model.buffers)), None
    forget_what_is_unused(part)
    return packed(part, sum(len(buffer.data) for buffer in part.buffers if buffer.data is not None))
