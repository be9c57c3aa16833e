"""Computing the boxes of YOLOv8 and its successors only on the levels that found something.

On each of their levels these networks have convolutions for scores and others for boxes. The boxes take a seventh of
the time, most of that on the finest level, which is for small things. So the file is taken apart, and the boxes of a
level are computed when one of its scores is high enough. What the file does to all 8,400 boxes then is done to few, and
without rounding them, as files with int8 outputs do. At 8 connections that is 1.2 times the photos with a YOLOv8n or
YOLO11n of 640 pixels, if all that a photo shows is large, and none less if it shows large and small things.
"""

from dataclasses import replace
from typing import Any

from detector.families.yolo import yolov8
from detector.families.yolo.levels import Level
from detector.files.modelfile import ModelFile
from detector.rewriting.equivalence import made_alike
from detector.rewriting.origins import Part, origins
from detector.tflite.graph import OPERATION, behind, operation_of, part_of, shape_of, unpacked
from detector.tflite.runtime import LITERT
from detector.tflite.stages import Stage
from detector.tflite.tensor import tensors

BOX = 4  # numbers in an output before the scores


def with_boxes_on_demand(file: ModelFile) -> ModelFile:
    """The file in parts; the file itself where it is no such YOLO, or would answer otherwise in parts."""
    return made_alike(file, "yolov8", _taken_apart)


def _taken_apart(file: ModelFile) -> ModelFile | None:
    """The file in parts; None where its graph is not put together as theirs are."""
    whole = yolov8.recognise(file)
    if not isinstance(whole, yolov8.Yolov8):
        return None
    model = unpacked(file.content)
    graph, *others = model.subgraphs
    if others:
        return None
    scores = _scores(model, whole)
    first = behind(model, scores)
    rest = set(range(len(graph.operators))) - first
    seeing = first & _seeing(model)
    computed = {number for place in seeing for number in graph.operators[place].outputs}
    stages = []
    for number in scores:
        boxes = _last_kernel(model, rest, shape_of(model, number)[:3])
        later = behind(model, boxes) - seeing
        reads = {each for place in later for each in graph.operators[place].inputs if each in computed}
        if len(reads) != 1:
            return None
        part = part_of(model, later, list(reads), boxes)
        (gives,) = tensors(LITERT.build(part).get_output_details())
        stages.append(Stage(part, reads.pop(), gives))
    if not stages:
        return None
    parts = file.running(part_of(model, first, graph.inputs, scores + [stage.reads for stage in stages]))
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


def _seeing(model: Any) -> set[int]:
    """The places of all operators that depend on the picture; others convert constants."""
    graph = model.subgraphs[0]
    seen, places = set(graph.inputs), set()
    for place, operator in enumerate(graph.operators):
        if seen.intersection(operator.inputs):
            seen.update(operator.outputs)
            places.add(place)
    return places
