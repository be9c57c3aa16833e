"""detector/tflite/graph.py."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from detector.files.modelfile import ModelFile
from detector.tflite.graph import Graph, Quantisation
from detector.tflite.runtime import LITERT
from tests.support.made_networks import CODES, SIDE, Network


def test_takes_constants_along_that_lie_behind_the_flatbuffer(safetycone_file: ModelFile) -> None:
    """A file whose constants lie behind its flatbuffer gives the same after parsing and serialising."""
    content = safetycone_file.content
    stored = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    assert any(buffer.size for buffer in stored.buffers)
    outputs = []
    for model in (content, Graph.parse(content).serialise()):
        interpreter = LITERT.build(model)
        image = safetycone_file.inputs[0]
        interpreter.set_tensor(image.index, np.random.default_rng(0).integers(-128, 128, image.shape, np.int8))
        interpreter.invoke()
        outputs.append([interpreter.get_tensor(output.index) for output in safetycone_file.outputs])
    for before, after in zip(*outputs, strict=True):
        np.testing.assert_array_equal(after, before)


def test_operations_without_inputs_have_none(safetycone_file: ModelFile) -> None:
    """An operation that omits its inputs, as one that names a variable may, has an empty list of them."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(Graph.parse(safetycone_file.content).serialise()))
    graph = model.subgraphs[0]
    code, operator, variable = schema.OperatorCodeT(), schema.OperatorT(), schema.TensorT()
    code.deprecatedBuiltinCode, code.builtinCode = CODES.PLACEHOLDER_FOR_GREATER_OP_CODES, CODES.VAR_HANDLE
    operator.opcodeIndex, operator.outputs = len(model.operatorCodes), [len(graph.tensors)]
    operator.builtinOptionsType, operator.builtinOptions = (
        schema.BuiltinOptions.VarHandleOptions,
        schema.VarHandleOptionsT(),
    )
    variable.type, variable.shape = schema.TensorType.RESOURCE, [1]
    model.operatorCodes.append(code)
    graph.tensors.append(variable)
    graph.operators = [operator, *graph.operators]
    content = Graph(model).serialise()
    assert LITERT.build(content)
    first, second, *_ = Graph.parse(content).operators
    assert (len(first.inputs), len(second.inputs)) == (0, 2)


def test_unused_constants_are_dropped() -> None:
    """Constants stay if an operation reads them or the model outputs them; others are emptied."""
    made = Network()
    read, given, unused = (made.kernel(1, 1, 1, channels) for channels in (3, 5, 7))
    graph = Graph.parse(made.content(made.changed(CODES.ADD, made.input, read), given))
    graph.drop_unused_constants()
    assert [graph.constant(index) is not None for index in (read, given, unused)] == [True, True, False]


def chain() -> tuple[Graph, list[int]]:
    """A graph of three convolutions in a row, and the output of each."""
    made = Network()
    tensors = [made.input]
    for _ in range(3):
        channels = made.shape(tensors[-1])[3]
        tensors.append(made.convolution(tensors[-1], made.kernel(4, 1, 1, channels), made.bias(4, 1 / 128)))
    return Graph.parse(made.content(tensors[-1])), tensors


def test_ancestors_and_descendants() -> None:
    """Operators before a tensor are its ancestors, those after it its descendants."""
    graph, (image, first, second, third) = chain()
    assert graph.ancestors([second]) == {0, 1}
    assert graph.descendants([first]) == {1, 2}
    assert graph.ancestors([image]) == graph.descendants([third]) == set()


def test_a_subgraph_computes_its_part() -> None:
    """Two subgraphs, run in a row, give the outputs of the whole, under the same tensor indices."""
    graph, (image, first, _, third) = chain()
    whole, head, tail = (
        LITERT.build(each.serialise())
        for each in (
            graph,
            graph.subgraph(graph.ancestors([first]), [image], [first]),
            graph.subgraph(graph.descendants([first]), [first], [third]),
        )
    )
    noise = np.random.default_rng(0).integers(0, 256, (1, SIDE, SIDE, 3)).astype(np.uint8)
    for interpreter in (whole, head):
        interpreter.set_tensor(image, noise)
        interpreter.invoke()
    tail.set_tensor(first, head.get_tensor(first))
    tail.invoke()
    np.testing.assert_array_equal(tail.get_tensor(third), whole.get_tensor(third))


def test_changes_are_serialised() -> None:
    """Changed constants, types and scales are in the file that the graph serialises."""
    made = Network()
    kernel = made.kernel(4, 1, 1, 3)
    graph = Graph.parse(made.content(made.convolution(made.input, kernel, made.bias(4, 1 / 128))))
    numbers = np.arange(12, dtype=np.int8).reshape(4, 1, 1, 3)
    graph.set_constant(kernel, numbers)
    graph.tensors[kernel].quantisation = Quantisation(np.full(4, 0.5, np.float32), np.zeros(4, np.int64), axis=0)
    again = Graph.parse(graph.serialise())
    np.testing.assert_array_equal(again.constant(kernel), numbers)
    quantisation = again.tensors[kernel].quantisation
    assert quantisation is not None
    assert quantisation.scales == pytest.approx([0.5] * 4)
    assert not quantisation.is_per_tensor
