"""Files with given content, and their outputs for an image."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.families.family import Family
from detector.families.recognition import recognise
from detector.families.yolo.yolov8 import Yolov8
from detector.files.modelfile import ModelFile
from detector.rewriting import preparation
from detector.rewriting.boxes_on_demand import with_boxes_on_demand
from detector.rewriting.equivalence import rewritten_if_equivalent
from detector.serving.model import Model
from detector.tflite.graph import Graph
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
    """The outputs of a file for an image of its input's size, by the runtime's fast kernels or its plain ones."""
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES if plain else OpResolverType.AUTO
    interpreter = Interpreter(model_content=file.content, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    (tensor,) = file.inputs
    pixels = image_rgb if tensor.dtype == np.uint8 else (image_rgb ^ 128).view(np.int8)
    interpreter.set_tensor(tensor.index, pixels[np.newaxis])
    interpreter.invoke()
    return [output.dequantised(interpreter.get_tensor(output.index)) for output in file.outputs]


def split(file: ModelFile) -> tuple[ModelFile, Family]:
    """A YOLOv8 whose boxes are computed on demand, or unchanged if it cannot be split."""
    family = recognise(file)
    assert isinstance(family, Yolov8)
    return rewritten_if_equivalent(file, family, partial(with_boxes_on_demand, file, family))


def rewritten(file: ModelFile, *numeric_passes: Callable[[Graph], bool]) -> ModelFile:
    """The file that the passes make; the original if they leave it as it is."""
    return preparation.rewritten(file, numeric_passes)


def candidates(
    file: ModelFile, image_rgb: NDArray[np.uint8], threshold: float, family: Family | None = None
) -> Candidates:
    """All that a file of its family proposes for an image."""
    return Model(file, family or recognise(file), LITERT).candidates(image_rgb, threshold)


def assert_alike(after: Candidates, before: Candidates, boxes: float, scores: float) -> None:
    """Asserts the same candidates, and as many not_listed; boxes and scores within a tolerance."""
    np.testing.assert_allclose(after.boxes_xyxy, before.boxes_xyxy, atol=boxes)
    np.testing.assert_allclose(after.scores, before.scores, atol=scores)
    np.testing.assert_array_equal(after.class_ids, before.class_ids)
    assert (len(after), after.not_listed) == (len(before), before.not_listed)
