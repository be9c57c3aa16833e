"""Files with given content, and what they give for a picture."""

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.families.recognition import recognise
from detector.files.modelfile import ModelFile
from detector.serving.model import Model
from detector.tflite.runtime import LITERT


def read(folder: Path, content: bytes) -> ModelFile:
    """A file with this content."""
    path = folder / "m.tflite"
    path.write_bytes(content)
    return ModelFile.read(path)


def labelled(folder: Path, content: bytes, labels: str = "cat\ndog") -> ModelFile:
    """A file with this content, and labels beside it."""
    (folder / "m.txt").write_text(labels, "utf-8")
    return read(folder, content)


def answers(file: ModelFile, image_rgb: NDArray[np.uint8], *, plain: bool = False) -> list[NDArray[np.float32]]:
    """What a file gives for a picture of its input's size, by the runtime's fast kernels or its plain ones."""
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES if plain else OpResolverType.AUTO
    interpreter = Interpreter(model_content=file.content, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    (picture,) = file.inputs
    pixels = image_rgb if picture.dtype == np.uint8 else (image_rgb ^ 128).view(np.int8)
    interpreter.set_tensor(picture.index, pixels[np.newaxis])
    interpreter.invoke()
    return [output.real(interpreter.get_tensor(output.index)) for output in file.outputs]


def candidates(file: ModelFile, image_rgb: NDArray[np.uint8], lowest: float) -> Candidates:
    """All that a file, as one of its family, proposes for a picture."""
    return Model(file, recognise(file), LITERT, 1).candidates(image_rgb, lowest)


def assert_alike(after: Candidates, before: Candidates, boxes: float, scores: float) -> None:
    """The same candidates, and as many unlisted; boxes and scores to so much."""
    np.testing.assert_allclose(after.boxes_xyxy, before.boxes_xyxy, atol=boxes)
    np.testing.assert_allclose(after.scores, before.scores, atol=scores)
    np.testing.assert_array_equal(after.class_ids, before.class_ids)
    assert (len(after), after.unlisted) == (len(before), before.unlisted)
