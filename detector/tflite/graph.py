"""The graph of a model file: its tensors and operators, to be inspected, changed and serialised.

Source: the schema of the TFLite format.
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

OPERATION = schema.BuiltinOperator
INT8_OFFSET = 128  # a uint8 less this is the equivalent int8
ABSENT = -1  # the index of an optional tensor that an operator lacks
EMPTY = 0  # the buffer of tensors that are not constants

# The operations that have a kernel, with the axis of its output channels.
KERNELS = {OPERATION.CONV_2D: 0, OPERATION.DEPTHWISE_CONV_2D: 3}

DTYPES: dict[int, np.dtype[Any]] = {
    schema.TensorType.FLOAT16: np.dtype(np.float16),
    schema.TensorType.FLOAT32: np.dtype(np.float32),
    schema.TensorType.INT8: np.dtype(np.int8),
    schema.TensorType.INT16: np.dtype(np.int16),
    schema.TensorType.INT32: np.dtype(np.int32),
    schema.TensorType.INT64: np.dtype(np.int64),
    schema.TensorType.UINT8: np.dtype(np.uint8),
}
TYPES = {dtype: number for number, dtype in DTYPES.items()}


@dataclass(frozen=True, slots=True)
class Quantisation:
    """The quantisation of stored numbers: real = (stored - zero point) * scale.

    Attributes:
        scales: float32 [1], or [channels].
        zero_points: int64, one per scale.
        axis: the axis of the channels.
    """

    scales: NDArray[np.float32]
    zero_points: NDArray[np.int64]
    axis: int = 0

    @property
    def is_per_tensor(self) -> bool:
        """True if one scale and one zero point hold for the whole tensor."""
        return np.shape(self.scales) == np.shape(self.zero_points) == (1,)


class GraphTensor:
    """A tensor of a graph; changes are written to the file that the graph makes."""

    def __init__(self, stored: Any) -> None:
        """Wraps an object of the schema."""
        self.stored = stored

    @property
    def shape(self) -> tuple[int, ...]:
        """Its dimensions; empty for scalars."""
        return () if self.stored.shape is None else tuple(map(int, self.stored.shape))

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """The type of its numbers; None if numpy lacks it."""
        return DTYPES.get(self.stored.type)

    @dtype.setter
    def dtype(self, dtype: np.dtype[Any]) -> None:
        self.stored.type = TYPES[dtype]

    @property
    def quantisation(self) -> Quantisation | None:
        """Its quantisation; None without a scale."""
        stored = self.stored.quantization
        if stored is None or stored.scale is None or len(stored.scale) == 0:
            return None
        zero_points = np.zeros(len(stored.scale), np.int64) if stored.zeroPoint is None else stored.zeroPoint
        return Quantisation(stored.scale, zero_points, stored.quantizedDimension)

    @quantisation.setter
    def quantisation(self, quantisation: Quantisation) -> None:
        stored = schema.QuantizationParametersT()
        stored.scale = np.asarray(quantisation.scales, np.float32)
        stored.zeroPoint = np.asarray(quantisation.zero_points, np.int64)
        stored.quantizedDimension = quantisation.axis
        self.stored.quantization = stored


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """An operator of a graph; changes to its lists are written to the file that the graph makes.

    Attributes:
        operation: a member of OPERATION.
        inputs, outputs: tensor indices, in the operation's own order.
        stored: the schema's object, which has its options.
    """

    operation: int
    inputs: list[int]
    outputs: list[int]
    stored: Any

    @property
    def options(self) -> Any:
        """The options of a built-in operation, as the schema's object."""
        return self.stored.builtinOptions


class Graph:
    """The main graph of a model file.

    Attributes:
        tensors: by index.
        operators: in the order in which they run.
        inputs, outputs: tensor indices.
    """

    def __init__(self, model: Any) -> None:
        """Wraps a model object of the schema that holds all constants."""
        self._model = model
        main = model.subgraphs[0]
        self.tensors = [GraphTensor(tensor) for tensor in main.tensors]
        self.operators = [self._operator(operator) for operator in main.operators]
        self.inputs = _indices(main.inputs)
        self.outputs = _indices(main.outputs)

    @classmethod
    def parse(cls, content: bytes) -> "Graph":
        """Parses a model that a runtime has accepted.

        Newer files, such as those of PyTorch's converter, store constants after the flatbuffer.
        """
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
        for buffer in model.buffers:
            if buffer.size:
                buffer.data = np.frombuffer(content, np.uint8, buffer.size, buffer.offset)
                buffer.offset = buffer.size = 0
        return cls(model)

    @property
    def is_alone(self) -> bool:
        """True if the file has no other graph, such as a branch of a condition."""
        return len(self._model.subgraphs) == 1

    def serialise(self) -> bytes:
        """The graph as a model file, without signatures, which name inputs and outputs."""
        model, main = copy.copy(self._model), copy.copy(self._model.subgraphs[0])
        main.tensors = [tensor.stored for tensor in self.tensors]
        main.operators = [self._stored(operator) for operator in self.operators]
        main.inputs, main.outputs = self.inputs, self.outputs
        model.subgraphs, model.signatureDefs = [main, *model.subgraphs[1:]], None
        builder = flatbuffers.Builder(sum(len(buffer.data) for buffer in model.buffers if buffer.data is not None))
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def constant(self, index: int) -> NDArray[Any] | None:
        """A constant tensor's stored numbers; None if they are computed, or of a type that numpy lacks."""
        tensor = self.tensors[index]
        data = self._model.buffers[tensor.stored.buffer].data
        return None if data is None or tensor.dtype is None else np.frombuffer(data, tensor.dtype).reshape(tensor.shape)

    def set_constant(self, index: int, numbers: NDArray[Any]) -> None:
        """Sets a tensor's numbers and type, in a buffer of its own, since tensors may share buffers."""
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(numbers.tobytes(), np.uint8)
        tensor = self.tensors[index]
        tensor.dtype, tensor.stored.buffer = numbers.dtype, len(self._model.buffers)
        self._model.buffers = [*self._model.buffers, buffer]

    def add_tensor(self, like: int, quantisation: Quantisation) -> int:
        """Adds a computed tensor with the shape and type of another; returns its index."""
        tensor = GraphTensor(copy.copy(self.tensors[like].stored))
        tensor.quantisation, tensor.stored.buffer = quantisation, EMPTY
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def conversion(self, operation: int, source: int, target: int) -> Operator:
        """An operator, not yet added, that converts one tensor to another by an operation without options."""
        code, operator = schema.OperatorCodeT(), schema.OperatorT()
        code.builtinCode = code.deprecatedBuiltinCode = operation
        operator.opcodeIndex = len(self._model.operatorCodes)
        self._model.operatorCodes = [*self._model.operatorCodes, code]
        return Operator(operation, [source], [target], operator)

    def drop_unused_constants(self) -> None:
        """Empties the buffers of constants that no operator reads, and of metadata."""
        self._model.metadata = self._model.metadataBuffer = None
        used = {self.tensors[index].stored.buffer for index in self._used()}
        self._model.buffers = [
            buffer if number in used else schema.BufferT() for number, buffer in enumerate(self._model.buffers)
        ]

    def ancestors(self, tensors: Iterable[int]) -> set[int]:
        """Positions of all operators that these tensors depend on."""
        makers = {index: position for position, operator in enumerate(self.operators) for index in operator.outputs}
        found: set[int] = set()
        left = list(tensors)
        while left:
            position = makers.get(left.pop())
            if position is not None and position not in found:
                found.add(position)
                left.extend(self.operators[position].inputs)
        return found

    def descendants(self, tensors: Iterable[int]) -> set[int]:
        """Positions of all operators that depend on these tensors."""
        reached, found = set(tensors), set()
        for position, operator in enumerate(self.operators):
            if reached.intersection(operator.inputs):
                reached.update(operator.outputs)
                found.add(position)
        return found

    def subgraph(self, positions: set[int], inputs: Sequence[int], outputs: Sequence[int]) -> "Graph":
        """A graph of these operators and their constants; tensors keep their indices."""
        part = copy.copy(self)
        part._model = copy.copy(self._model)  # noqa: SLF001 - of the same class
        part.operators = [operator for position, operator in enumerate(self.operators) if position in positions]
        part.inputs, part.outputs = list(inputs), list(outputs)
        used = part._used()  # noqa: SLF001 - likewise
        blank = GraphTensor(schema.TensorT())  # keeps the indices of the others
        part.tensors = [tensor if index in used else blank for index, tensor in enumerate(self.tensors)]
        part.drop_unused_constants()
        return part

    def _used(self) -> set[int]:
        """Indices of all inputs, outputs and tensors that an operator reads or writes."""
        lists = [indices for operator in self.operators for indices in (operator.inputs, operator.outputs)]
        return set(self.inputs).union(self.outputs, *lists) - {ABSENT}

    def _operator(self, stored: Any) -> Operator:
        """Wraps an operator of the schema. Older files have its code in one field, newer ones in the other."""
        code = self._model.operatorCodes[stored.opcodeIndex]
        operation = max(int(code.builtinCode), int(code.deprecatedBuiltinCode))
        return Operator(operation, _indices(stored.inputs), _indices(stored.outputs), stored)

    @staticmethod
    def _stored(operator: Operator) -> Any:
        """The schema's object for an operator."""
        stored = copy.copy(operator.stored)
        stored.inputs, stored.outputs = operator.inputs, operator.outputs
        return stored


def _indices(stored: Any) -> list[int]:
    """A list of tensor indices; files may omit an empty one."""
    return [] if stored is None else list(map(int, stored))
