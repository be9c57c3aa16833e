"""Taking off a YOLOv5 what makes boxes of all that it says.

Its file makes probabilities of two million numbers, 85 for each of 25,200 boxes, and lists them: a tenth of the time.
Here that is done for boxes whose objectness is high enough. At 8 connections that is 5 to 7 % more photos with a
YOLOv5n. Anchors are in the file, but not under a name; they are found from what it makes of a picture of noise.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.families.activations import logistic
from detector.families.yolo import yolov5
from detector.families.yolo.common import in_fractions
from detector.families.yolo.levels import AnchoredLevel
from detector.families.yolo.yolov5_raw import growth
from detector.files.modelfile import ModelFile
from detector.rewriting.equivalence import answers_to_noise, made_alike
from detector.rewriting.origins import Part, origins
from detector.tflite.graph import behind, part_of, shape_of, unpacked

BOX = 4  # numbers of a box before its objectness


def with_raw_heads(file: ModelFile) -> ModelFile:
    """The file with its heads as outputs; the file itself where it is no such YOLO, or would answer otherwise."""
    return made_alike(file, "yolov5", _cut_short)


def _cut_short(file: ModelFile) -> ModelFile | None:
    """The file with its heads as outputs; None where its graph is not put together as theirs are."""
    whole = yolov5.recognise(file)
    if not isinstance(whole, yolov5.Yolov5):
        return None
    model = unpacked(file.content)
    graph, *others = model.subgraphs
    _, _, columns = shape_of(model, whole.output)
    heads = origins(model, Part(whole.output, axis=2, first=BOX, end=columns))
    if others or not all(_is_head(model, head, columns) for head in heads):
        return None
    numbers = [head.tensor for head in heads]
    raw = file.running(part_of(model, behind(model, numbers), graph.inputs, numbers))
    boxes = in_fractions(answers_to_noise(file, whole)[whole.output][0][:, :BOX].real, whole.input)
    answers = answers_to_noise(raw, whole)
    levels, first = [], 0
    for output in raw.outputs:
        grown = growth(logistic(answers[output.index].rows[:, 2:BOX].real))
        sizes = boxes[first : first + len(grown), 2:]
        first += len(grown)
        stride = math.isqrt(whole.input.width * whole.input.height // output.shape[1])
        levels.append(AnchoredLevel(output, stride, _anchors(sizes, grown)))
    return replace(raw, anchored=tuple(levels))


def _anchors(sizes: NDArray[np.floating], grown: NDArray[np.floating]) -> NDArray[np.float64]:
    """The anchors [3, 2] of which sizes [3 * cells, 2] are multiples, by least squares, for sizes may be rounded."""
    sizes, grown = (numbers.reshape(-1, yolov5.ANCHORS, 2) for numbers in (sizes, grown))
    with np.errstate(invalid="ignore", divide="ignore"):  # for models that answer nonsense
        return np.asarray((sizes * grown).sum(axis=0) / (grown**2).sum(axis=0), np.float64)


def _is_head(model: Any, part: Part, columns: int) -> bool:
    """Whether a part is a level's objectness and classes, in a tensor [1, cells, 3, 5 + C]."""
    shape = shape_of(model, part.tensor)
    return (
        part == Part(part.tensor, axis=3, first=BOX, end=columns, logistics=1)
        and len(shape) == 4
        and shape[2:] == (yolov5.ANCHORS, columns)
    )
