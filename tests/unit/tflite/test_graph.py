"""detector/tflite/graph.py."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from detector.files.modelfile import ModelFile
from detector.tflite.graph import OPERATION, forget_what_is_unused, packed, unpacked
from detector.tflite.runtime import LITERT
from tests.support.made_networks import CODES, Network


def test_takes_constants_along_that_lie_behind_the_flatbuffer(safetycone_file: ModelFile) -> None:
    """A file whose constants lie behind its flatbuffer answers the same after it was unpacked and packed again."""
    content = safetycone_file.content
    stored = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    assert any(buffer.size for buffer in stored.buffers)
    answers = []
    for model in (content, packed(unpacked(content), len(content))):
        interpreter = LITERT.build(model)
        picture = safetycone_file.inputs[0]
        interpreter.set_tensor(picture.index, np.random.default_rng(0).integers(-128, 128, picture.shape, np.int8))
        interpreter.invoke()
        answers.append([interpreter.get_tensor(output.index) for output in safetycone_file.outputs])
    for before, after in zip(*answers, strict=True):
        np.testing.assert_array_equal(after, before)


def test_operations_without_inputs_have_none(safetycone_file: ModelFile) -> None:
    """An operation that leaves its inputs out, as one that names a variable may, has an empty list of them."""
    model = unpacked(safetycone_file.content)
    graph = model.subgraphs[0]
    code, operator, variable = schema.OperatorCodeT(), schema.OperatorT(), schema.TensorT()
    code.deprecatedBuiltinCode, code.builtinCode = OPERATION.PLACEHOLDER_FOR_GREATER_OP_CODES, OPERATION.VAR_HANDLE
    operator.opcodeIndex, operator.outputs = len(model.operatorCodes), [len(graph.tensors)]
    operator.builtinOptionsType, operator.builtinOptions = (
        schema.BuiltinOptions.VarHandleOptions,
        schema.VarHandleOptionsT(),
    )
    variable.type, variable.shape = schema.TensorType.RESOURCE, [1]
    model.operatorCodes.append(code)
    graph.tensors.append(variable)
    graph.operators = [operator, *graph.operators]
    content = packed(model, len(safetycone_file.content))
    assert LITERT.build(content)
    first, second, *_ = unpacked(content).subgraphs[0].operators
    assert (len(first.inputs), len(second.inputs)) == (0, 2)


def test_constants_that_nothing_reads_are_forgotten() -> None:
    """Constants stay where an operation reads them or the model gives them, and else are emptied."""
    made = Network()
    read, given, unused = (made.kernel(1, 1, 1, channels) for channels in (3, 5, 7))
    model = unpacked(made.content(made.changed(CODES.ADD, made.picture, read), given))
    forget_what_is_unused(model)
    buffers = [model.buffers[model.subgraphs[0].tensors[number].buffer] for number in (read, given, unused)]
    assert [buffer.data is not None for buffer in buffers] == [True, True, False]
