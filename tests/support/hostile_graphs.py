"""Hostile model files that are whole flatbuffers: real models whose graph was changed in places that runtimes trust."""

import random
import struct
from collections.abc import Callable, Iterator
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from detector.tflite.graph import Graph

SIZES = (0, 1, 3, -1, 255, 65536, 2**20, 2**31 - 1, -(2**31))
FLOATS = (float("nan"), float("inf"), 0.0, -1.0, 1e-45, 3.4e38)
INDICES = (0, -1, 2**30, -(2**31))
OPERATIONS = [number for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)]
TYPES = [number for name, number in vars(schema.TensorType).items() if isinstance(number, int)]

Chance = random.Random


def dimension(model: Any, chance: Chance) -> None:
    """A tensor with a huge, negative or empty side."""
    tensor = chance.choice([each for each in model.subgraphs[0].tensors if each.shape is not None and len(each.shape)])
    shape = list(map(int, tensor.shape))
    shape[chance.randrange(len(shape))] = chance.choice(SIZES)
    tensor.shape = shape


def rank(model: Any, chance: Chance) -> None:
    """A tensor with too few or too many sides."""
    chance.choice(model.subgraphs[0].tensors).shape = [1] * chance.choice((0, 1, 5, 9, 1000))


def kind(model: Any, chance: Chance) -> None:
    """A tensor of another type."""
    chance.choice(model.subgraphs[0].tensors).type = chance.choice(TYPES)


def input_size(model: Any, chance: Chance) -> None:
    """An input of another size, without a size, or of gigabytes."""
    tensor = model.subgraphs[0].tensors[int(model.subgraphs[0].inputs[0])]
    side = chance.choice((0, 1, 15, 2048, 16384, 40000))
    tensor.shape = [1, side, side, 3]


def quantisation(model: Any, chance: Chance) -> None:
    """Scales and zero points that are no numbers, too many, or along an axis that is not there."""
    stored = schema.QuantizationParametersT()
    stored.scale = [chance.choice(FLOATS)] * chance.choice((1, 2, 5000))
    stored.zeroPoint = [chance.choice((0, 128, 2**31, -(2**63)))] * chance.choice((0, 1, len(stored.scale)))
    stored.quantizedDimension = chance.choice((0, 3, 100, -1))
    chance.choice(model.subgraphs[0].tensors).quantization = stored


def small_constant(model: Any, chance: Chance) -> None:
    """A shape, an axis or a padding of other numbers."""
    sizes = {number: len(buffer.data) for number, buffer in enumerate(model.buffers) if buffer.data is not None}
    small = [each for each in model.subgraphs[0].tensors if 0 < sizes.get(each.buffer, 0) <= 64]
    if small:
        tensor = chance.choice(small)
        numbers = np.full(max(1, sizes[tensor.buffer] // 4), chance.choice(SIZES), np.int32)
        model.buffers[tensor.buffer].data = np.frombuffer(numbers.tobytes(), np.uint8)


def buffer_elsewhere(model: Any, chance: Chance) -> None:
    """A constant that the file says is stored beyond its end."""
    buffer = chance.choice(model.buffers)
    buffer.data, buffer.offset, buffer.size = None, chance.choice((2, 2**31, 2**63)), chance.choice((2, 2**31, 2**63))


def operands(model: Any, chance: Chance) -> None:
    """An operator with inputs that are absent, not there, too many, or computed later."""
    graph = model.subgraphs[0]
    operator = chance.choice(graph.operators)
    inputs = list(map(int, operator.inputs))
    inputs[chance.randrange(len(inputs))] = chance.choice((*INDICES, int(graph.outputs[0])))
    operator.inputs = chance.choice((inputs, inputs[:1], inputs * 100, []))


def ends(model: Any, chance: Chance) -> None:
    """A graph with inputs or outputs that are not there, too many, or none."""
    name = chance.choice(("inputs", "outputs"))
    indices = list(map(int, getattr(model.subgraphs[0], name)))
    setattr(model.subgraphs[0], name, chance.choice(([], indices * 500, [chance.choice(INDICES)], [0, *indices])))


def operation(model: Any, chance: Chance) -> None:
    """An operator that is another one, with the options of the first."""
    code = chance.choice(model.operatorCodes)
    code.builtinCode = chance.choice(OPERATIONS)
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)


def options(model: Any, chance: Chance) -> None:
    """An operator with strides, dilations or axes that make no sense."""
    operator = chance.choice([each for each in model.subgraphs[0].operators if each.builtinOptions is not None])
    for name, value in vars(operator.builtinOptions).items():
        if type(value) is int and chance.random() < 0.5:
            setattr(operator.builtinOptions, name, chance.choice((0, 1, 2, 127)))


def order(model: Any, chance: Chance) -> None:
    """Operators that run in another order."""
    operators = list(model.subgraphs[0].operators)
    chance.shuffle(operators)
    model.subgraphs[0].operators = operators


def graphs(model: Any, chance: Chance) -> None:
    """No graph, the same one many times, or thousands without anything in them."""
    model.subgraphs = chance.choice(([], model.subgraphs * 20, [*model.subgraphs, *[schema.SubGraphT()] * 2000]))


def signatures(model: Any, chance: Chance) -> None:
    """Thousands of signatures of graphs and tensors that are not there."""
    tensor, signature = schema.TensorMapT(), schema.SignatureDefT()
    tensor.name, tensor.tensorIndex = "\x1b", chance.choice((0, 2**31))
    signature.signatureKey, signature.subgraphIndex = "a\nb", chance.choice((0, 2**31))
    signature.inputs = signature.outputs = [tensor]
    model.signatureDefs = [signature] * 2000


CHANGES: tuple[Callable[[Any, Chance], None], ...] = (
    *(dimension, rank, kind, input_size, quantisation, small_constant, buffer_elsewhere, operands),
    *(ends, operation, options, order, graphs, signatures),
)


def variants(sound: bytes, times: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Names of variants, and their files: each kind of change so many times.

    Args:
        sound: a model.
        times: the number of variants per kind of change.
        seed: decides on the places.
    """
    whole = Graph.parse(sound).serialise()
    for change in CHANGES:
        for number in range(times):
            model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(whole))
            change(model, random.Random(seed + number))
            builder = flatbuffers.Builder()
            try:
                builder.Finish(model.Pack(builder), b"TFL3")
            except (TypeError, OverflowError, struct.error):
                continue  # the schema's objects do not take such a number
            yield f"{change.__name__} {number}", bytes(builder.Output())
