"""Small convolutional networks made for a test, uint8 throughout as TensorFlow 1 quantised them; random weights."""

import copy
from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import DTypeLike, NDArray

SIDE = 32  # of the input, pixels
CODES = schema.BuiltinOperator
TYPES = {
    np.dtype("float32"): schema.TensorType.FLOAT32,
    np.dtype("float16"): schema.TensorType.FLOAT16,
    np.dtype("uint8"): schema.TensorType.UINT8,
    np.dtype("int8"): schema.TensorType.INT8,
    np.dtype("int32"): schema.TensorType.INT32,
}
RELU6 = schema.ActivationFunctionType.RELU6


class Network:
    """A graph that grows by one operation at a time; tensors go by their numbers.

    Attributes:
        input: tensor, [1, SIDE, SIDE, 3].
    """

    def __init__(self, kernel_zero: int = 120) -> None:
        """A network without operations.

        Args:
            kernel_zero: the zero point of kernels; their numbers are from 1 to 255.
        """
        self._kernel_zero = kernel_zero
        self._random = np.random.default_rng(0)
        self._model, self._graph = schema.ModelT(), schema.SubGraphT()
        self._model.version, self._model.subgraphs = 3, [self._graph]
        self._model.buffers, self._model.operatorCodes = [schema.BufferT()], []
        self._graph.tensors, self._graph.operators = [], []
        self.input = self.tensor((1, SIDE, SIDE, 3), scale=1 / 128, zero=128)

    def content(self, *outputs: int) -> bytes:
        """The model file with these outputs."""
        self._graph.inputs, self._graph.outputs = [self.input], outputs
        builder = flatbuffers.Builder()
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def tensor(
        self,
        shape: tuple[int, ...],
        *,
        scale: float = 6 / 255,
        zero: int = 0,
        stored: DTypeLike = np.uint8,
        constants: NDArray[Any] | None = None,
    ) -> int:
        """Adds a tensor: an activation, or constants. Float tensors have no scale."""
        tensor, stored = schema.TensorT(), np.dtype(stored if constants is None else constants.dtype)
        tensor.name, tensor.shape, tensor.type = f"t{len(self._graph.tensors)}", shape, TYPES[stored]
        if np.issubdtype(stored, np.integer):
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero]
        if constants is not None:
            tensor.buffer = len(self._model.buffers)
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(constants.tobytes(), np.uint8)
            self._model.buffers.append(buffer)
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def operation(self, code: int, inputs: list[int], output: int, options: Any = None) -> int:
        """Adds an operation with its options, one of the schema's objects; returns its output."""
        kind, operator = schema.OperatorCodeT(), schema.OperatorT()
        kind.builtinCode = kind.deprecatedBuiltinCode = code
        operator.opcodeIndex, operator.inputs, operator.outputs = len(self._model.operatorCodes), inputs, [output]
        if options is not None:
            operator.builtinOptions = options
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        self._model.operatorCodes.append(kind)
        self._graph.operators.append(operator)
        return output

    def kernel(self, *shape: int) -> int:
        """Adds a random kernel, between about -0.5 and 0.5."""
        numbers = self._random.integers(1, 256, shape).astype(np.uint8)
        return self.tensor(shape, scale=1 / 256, zero=self._kernel_zero, constants=numbers)

    def bias(self, channels: int, scale: float) -> int:
        """Adds a random bias, between about 0 and 2, for an input of some scale."""
        steps = np.rint(self._random.uniform(0, 2, channels) / (scale / 256)).astype(np.int32)
        return self.tensor((channels,), scale=scale / 256, constants=steps)

    def convolution(self, before: int, kernel: int, bias: int, stride: int = 1, **output: Any) -> int:
        """Adds a convolution; its output has this scale and zero point, by default for the range 0 to 6."""
        options = schema.Conv2DOptionsT()
        options.padding, options.strideH, options.strideW = schema.Padding.SAME, stride, stride
        options.fusedActivationFunction = schema.ActivationFunctionType.NONE if output else RELU6
        _, rows, columns, _ = self.shape(before)
        after = self.tensor((1, rows // stride, columns // stride, self.shape(kernel)[0]), **output)
        return self.operation(CODES.CONV_2D, [before, kernel, bias], after, options)

    def depthwise(self, before: int, kernel: int, bias: int) -> int:
        """Adds a depthwise convolution."""
        options = schema.DepthwiseConv2DOptionsT()
        options.padding, options.strideH, options.strideW = schema.Padding.SAME, 1, 1
        options.depthMultiplier, options.fusedActivationFunction = 1, RELU6
        return self.operation(CODES.DEPTHWISE_CONV_2D, [before, kernel, bias], self.tensor(self.shape(before)), options)

    def shape(self, tensor: int) -> tuple[int, ...]:
        """The shape of a tensor."""
        return tuple(self._graph.tensors[tensor].shape)

    def like(self, tensor: int, shape: Sequence[int]) -> int:
        """Adds a tensor with another's values in another shape."""
        twin = copy.copy(self._graph.tensors[tensor])
        twin.name, twin.shape, twin.buffer = f"t{len(self._graph.tensors)}", tuple(shape), 0
        self._graph.tensors.append(twin)
        return len(self._graph.tensors) - 1

    def changed(self, code: int, *inputs: int, options: Any = None) -> int:
        """Adds an operation whose output is like its first input."""
        return self.operation(code, list(inputs), self.like(inputs[0], self.shape(inputs[0])), options)

    def reshaped(self, before: int, *shape: int) -> int:
        """Adds a reshape."""
        options = schema.ReshapeOptionsT()
        options.newShape = shape
        return self.operation(CODES.RESHAPE, [before], self.like(before, shape), options)

    def transposed(self, before: int, *axes: int) -> int:
        """Adds a transposition."""
        after = self.like(before, [self.shape(before)[axis] for axis in axes])
        return self.operation(CODES.TRANSPOSE, [before, self.integers(axes)], after)

    def cut(self, before: int, first: int, end: int, axis: int = 1) -> int:
        """Adds a slice."""
        shape = list(self.shape(before))
        starts, ends = [0] * len(shape), list(shape)
        starts[axis], ends[axis], shape[axis] = first, end, end - first
        limits = map(self.integers, (starts, ends, [1] * len(shape)))
        after = self.like(before, shape)
        return self.operation(CODES.STRIDED_SLICE, [before, *limits], after, schema.StridedSliceOptionsT())

    def joined(self, parts: Sequence[int], axis: int = 1, **output: Any) -> int:
        """Adds a concatenation; its output has this scale and zero point, by default those of the first part."""
        options = schema.ConcatenationOptionsT()
        options.axis = axis
        shape = list(self.shape(parts[0]))
        shape[axis] = sum(self.shape(part)[axis] for part in parts)
        after = self.tensor(tuple(shape), **output) if output else self.like(parts[0], shape)
        return self.operation(CODES.CONCATENATION, list(parts), after, options)

    def integers(self, numbers: Sequence[int]) -> int:
        """Adds a tensor of constants."""
        return self.tensor((len(numbers),), constants=np.array(numbers, np.int32))
