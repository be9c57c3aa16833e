"""detector/graphs.py."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from detector.graphs import packed, unpacked
from detector.modelfile import ModelFile
from detector.runtime import LITERT


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
