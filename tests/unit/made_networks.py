"""Small convolutional networks made for a test, uint8 throughout as TensorFlow 1 quantised them; weights are random."""

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import DTypeLike, NDArray

SIDE = 32  # of the picture, pixels
CODES = schema.BuiltinOperator
TYPES = {
    np.dtype("float32"): schema.TensorType.FLOAT32,
    np.dtype("uint8"): schema.TensorType.UINT8,
    np.dtype("int8"): schema.TensorType.INT8,
    np.dtype("int32"): schema.TensorType.INT32,
}
RELU6 = schema.ActivationFunctionType.RELU6


class Network:
    """A graph that grows by one operation at a time; tensors go by their numbers.

    Attributes:
        picture: the input, [1, SIDE, SIDE, 3].
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
        self.picture = self.tensor((1, SIDE, SIDE, 3), scale=1 / 128, zero=128)

    def content(self, *outputs: int) -> bytes:
        """The model file that gives these tensors."""
        self._graph.inputs, self._graph.outputs = [self.picture], outputs
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
        """Adds a tensor: an activation, or constants."""
        tensor, tensor.quantization = schema.TensorT(), schema.QuantizationParametersT()
        tensor.name, tensor.shape, tensor.type = f"t{len(self._graph.tensors)}", shape, TYPES[np.dtype(stored)]
        tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero]
        if constants is not None:
            tensor.type, tensor.buffer = TYPES[constants.dtype], len(self._model.buffers)
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(constants.tobytes(), np.uint8)
            self._model.buffers.append(buffer)
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def operation(self, code: int, inputs: list[int], output: int, options: Any = None) -> int:
        """Adds an operation with its options, one of the schema's objects; gives its output."""
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
        """Adds a kernel of numbers by chance, between about -0.5 and 0.5."""
        numbers = self._random.integers(1, 256, shape).astype(np.uint8)
        return self.tensor(shape, scale=1 / 256, zero=self._kernel_zero, constants=numbers)

    def bias(self, channels: int, scale: float) -> int:
        """Adds a bias of numbers by chance, between about 0 and 2, for an input of some scale."""
        steps = np.rint(self._random.uniform(0, 2, channels) / (scale / 256)).astype(np.int32)
        return self.tensor((channels,), scale=scale / 256, constants=steps)

    def convolution(self, before: int, kernel: int, bias: int, stride: int = 1, **output: Any) -> int:
        """Adds a convolution; its output's scale and zero point may be given, and 0 to 6 is what it reaches else."""
        options = schema.Conv2DOptionsT()
        options.padding, options.strideH, options.strideW = schema.Padding.SAME, stride, stride
        options.fusedActivationFunction = schema.ActivationFunctionType.NONE if output else RELU6
        height = self.shape(before)[1] // stride
        after = self.tensor((1, height, height, self.shape(kernel)[0]), **output)
        return self.operation(CODES.CONV_2D, [before, kernel, bias], after, options)

    def depthwise(self, before: int, kernel: int, bias: int) -> int:
        """Adds a depthwise convolution."""
        options = schema.DepthwiseConv2DOptionsT()
        options.padding, options.strideH, options.strideW = schema.Padding.SAME, 1, 1
        options.depthMultiplier, options.fusedActivationFunction = 1, RELU6
        return self.operation(CODES.DEPTHWISE_CONV_2D, [before, kernel, bias], self.tensor(self.shape(before)), options)

    def shape(self, tensor: int) -> tuple[int, ...]:
        """A tensor's."""
        return tuple(self._graph.tensors[tensor].shape)

    def reshaped(self, before: int, *shape: int, stored: DTypeLike = np.uint8) -> int:
        """Adds a reshaping."""
        options = schema.ReshapeOptionsT()
        options.newShape = shape
        old = self._graph.tensors[before].quantization
        after = self.tensor(shape, scale=old.scale[0], zero=old.zeroPoint[0], stored=stored)
        return self.operation(CODES.RESHAPE, [before], after, options)

    def joined(self, parts: list[int], **output: Any) -> int:
        """Adds a concatenation of parts [1, N, C] along N, with the output's scale and zero point."""
        options = schema.ConcatenationOptionsT()
        options.axis = 1
        rows = sum(self.shape(part)[1] for part in parts)
        after = self.tensor((1, rows, self.shape(parts[0])[2]), **output)
        return self.operation(CODES.CONCATENATION, parts, after, options)
