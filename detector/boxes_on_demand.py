"""Computing the boxes of YOLOv8 and its successors only on the levels that found something.

On each of their levels these networks have convolutions for scores and others for boxes. The boxes take a seventh of
the time, most of that on the finest level, which is for small things. So the file is taken apart, and the boxes of a
level are computed when one of its scores is high enough. What the file does to all 8,400 boxes then is done to few, and
without rounding them, as files with int8 outputs do. At 8 connections that is 1.2 times the photos with a YOLOv8n or
YOLO11n of 640 pixels, if all that a photo shows is large, and none less if it shows large and small things.
"""

import copy
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.answers import Answers
from detector.errors import UnusableModel
from detector.families import yolov8
from detector.graphs import OPERATION, forget_what_is_unused, operation_of, packed, shape_of, unpacked
from detector.levels import Level
from detector.modelfile import ModelFile
from detector.origins import Part, origins
from detector.runtime import LITERT
from detector.stages import Stage
from detector.tensors import tensors

BOX = 4  # numbers in an output before the scores
ROUNDINGS = 3  # how many of an output's steps boxes and scores may be off, but for one number in a hundred
CLOSE = 1e-4  # the same where the output is not rounded


def with_boxes_on_demand(file: ModelFile) -> ModelFile:
    """The file in parts; the file itself where it is no such YOLO, or answers otherwise in parts."""
    if file.sidecar.family not in (None, "yolov8"):
        return file
    try:
        whole = yolov8.recognise(file)
        parts = _taken_apart(file, whole) if isinstance(whole, yolov8.Yolov8) else None
        return parts if parts and _agree(file, parts) else file
    except (UnusableModel, RuntimeError, ValueError, IndexError):
        return file


def _taken_apart(file: ModelFile, whole: yolov8.Yolov8) -> ModelFile | None:
    """The file in parts; None where its graph is not put together as theirs are."""
    model = unpacked(file.content)
    graph, *others = model.subgraphs
    if others:
        return None
    scores = _scores(model, whole)
    first = _behind(model, scores)
    rest = set(range(len(graph.operators))) - first
    seeing = first & _seeing(model)
    computed = {number for place in seeing for number in graph.operators[place].outputs}
    stages = []
    for number in scores:
        boxes = _last_kernel(model, rest, shape_of(model, number)[:3])
        later = _behind(model, boxes) - seeing
        reads = {each for place in later for each in graph.operators[place].inputs if each in computed}
        if len(reads) != 1:
            return None
        part = _part(model, later, list(reads), boxes)
        (gives,) = tensors(LITERT.build(part).get_output_details())
        stages.append(Stage(part, reads.pop(), gives))
    if not stages:
        return None
    parts = file.running(_part(model, first, graph.inputs, scores + [stage.reads for stage in stages]))
    given = {output.index: output for output in parts.outputs}
    levels = [Level(given[number], stage) for number, stage in zip(scores, stages, strict=True)]
    return replace(parts, levels=tuple(levels))


def _scores(model: Any, whole: yolov8.Yolov8) -> list[int]:
    """Each level's tensor [1, rows, columns, C] with logits of scores; none where they do not come from such."""
    axis = 1 if whole.boxes_last else 2
    parts = origins(model, Part(whole.output, axis, BOX, shape_of(model, whole.output)[axis]))
    return [part.tensor for part in parts] if all(_are_logits(model, part) for part in parts) else []


def _are_logits(model: Any, part: Part) -> bool:
    """Whether a part is all of a tensor [1, rows, columns, C] along its last axis; where that is 1, all are alike."""
    shape = shape_of(model, part.tensor)
    return (
        part.logistics == 1
        and len(shape) == 4
        and (part.first, part.end) == (0, shape[part.axis])
        and (part.axis == 3 or shape[3] == 1)
    )


def _last_kernel(model: Any, places: set[int], grid: tuple[int, ...]) -> list[int]:
    """What the last convolution at these places gives that has a grid [1, rows, columns]; nothing where none has."""
    operators = [model.subgraphs[0].operators[place] for place in sorted(places)]
    outputs = [operator.outputs[0] for operator in operators if operation_of(model, operator) == OPERATION.CONV_2D]
    return [number for number in outputs if shape_of(model, number)[:3] == grid][-1:]


def _behind(model: Any, tensors: Iterable[int]) -> set[int]:
    """The places of all operators that are needed for some tensors."""
    operators = model.subgraphs[0].operators
    makers = {number: place for place, operator in enumerate(operators) for number in operator.outputs}
    found: set[int] = set()
    left = list(tensors)
    while left:
        place = makers.get(left.pop())
        if place is not None and place not in found:
            found.add(place)
            left.extend(operators[place].inputs)
    return found


def _seeing(model: Any) -> set[int]:
    """The places of all operators that depend on the picture; others convert constants."""
    graph = model.subgraphs[0]
    seen, places = set(graph.inputs), set()
    for place, operator in enumerate(graph.operators):
        if seen.intersection(operator.inputs):
            seen.update(operator.outputs)
            places.add(place)
    return places


def _part(model: Any, places: set[int], inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
    """A model with only the operators at these places, and the constants that they read."""
    part, graph = copy.copy(model), copy.copy(model.subgraphs[0])
    graph.operators = [operator for place, operator in enumerate(graph.operators) if place in places]
    graph.inputs, graph.outputs = inputs, outputs
    part.subgraphs, part.buffers, part.signatureDefs = [graph], list(map(copy.copy, model.buffers)), None
    forget_what_is_unused(part)
    return packed(part, sum(len(buffer.data) for buffer in part.buffers if buffer.data is not None))


def _agree(file: ModelFile, parts: ModelFile) -> bool:
    """Whether a file sees the same in parts, in a picture of noise, but for what its output is rounded to."""
    with np.errstate(invalid="ignore", over="ignore"):  # for models that answer nonsense
        before, after = _boxes_and_scores(file), _boxes_and_scores(parts)
        tolerance = max(CLOSE, ROUNDINGS * file.outputs[0].scale)
        return before.shape == after.shape and bool(np.quantile(np.abs(before - after), 0.99) <= tolerance)


def _boxes_and_scores(file: ModelFile) -> NDArray[np.float64]:
    """All boxes [N, 5] that a file sees in a picture of noise, fractions, with the score of their best class."""
    family = yolov8.recognise(file)
    if family is None:
        return np.empty((0, BOX + 1))
    picture = family.input
    noise_rgb = np.random.default_rng(0).integers(0, 256, (picture.height, picture.width, 3)).astype(np.uint8)
    interpreter = file.interpreter(LITERT)
    interpreter.set_tensor(picture.tensor.index, picture.fill(noise_rgb, family.place(picture.width, picture.height)))
    interpreter.invoke()
    found = family.decode(Answers(interpreter, file.given), -math.inf)
    return np.column_stack([found.boxes_xyxy, found.scores])
