"""Detectors that give decoded boxes and the scores of all classes as two outputs: DETR and its kin, and YOLO-NAS.

Boxes [1, N, 4], by corners or by centre and size, fractions or pixels of the input; scores [1, N, C]. N counts either
the queries of a DETR, 1000 at most, which needs no suppression, or the cells, or anchors, of a YOLO's grids. Scores are
probabilities, or logits: of independent classes, as RT-DETR, D-FINE and RF-DETR give them, or of classes that exclude
each other, with "no object" as the last, as the first DETR does. After: Carion et al., End-to-End Object Detection with
Transformers, arXiv 2005.12872, and Zhao et al., DETRs Beat YOLOs on Real-time Object Detection, arXiv 2304.08069.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from detector.boxes import Candidates, from_centres
from detector.families.activations import are_probabilities, sigmoid, softmax
from detector.families.grid import STRIDES, cells, grid
from detector.families.yolo.common import AVERAGE_FROM, NORMALISATION, are_corners, in_fractions
from detector.families.yolo.yolov5 import ANCHORS
from detector.families.yolo.yolox import follow
from detector.files import ImageInput, ModelFile, Normalisation
from detector.images import letterbox, stretch
from detector.tflite import Output, Tensor

DETR, DENSE = "detr", "yolo_nas"
MOST_QUERIES = 1000
IMAGENET = Normalisation(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
COCO_IDS = 91  # classes of a DETR for COCO, from 0, of which some are unused
REACH = 1.0  # beyond the input, as a fraction of it, that boxes may lie
SURE = 2.0  # by which "no object" is likelier, as a logit, than any class in a black picture


@dataclass(frozen=True, slots=True)
class BoxesAndScores:
    """A detector whose boxes leave the graph decoded, each with a score per class.

    Attributes:
        are_corners: true where boxes are left, top, right, bottom, and not centre and size.
        activation: what makes probabilities of scores; None where they are such.
        first: the first column with the score of a labelled class.
    """

    input: ImageInput
    labels: tuple[str, ...]
    boxes: int
    scores: int
    are_corners: bool
    activation: str | None
    first: int
    name: str

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        scores = outputs[self.scores].rows.dequantised
        if self.activation:
            scores = (sigmoid(scores) if self.activation == "sigmoid" else softmax(scores)).astype(np.float32)
        boxes = in_fractions(outputs[self.boxes].rows.dequantised, self.input)
        boxes_xyxy = boxes if self.are_corners else from_centres(boxes)
        return Candidates.best_class(threshold, boxes_xyxy, scores[:, self.first : self.first + len(self.labels)])


def recognise_detr(file: ModelFile) -> BoxesAndScores | None:
    """The file as a DETR, or None where its outputs are others.

    Raises:
        UnusableModel: its labels are not what goes with such outputs.
    """
    pair = _pair(file)
    if pair is None or pair[0].shape[-2] > MOST_QUERIES or pair[0].shape[-2] in _dense(file):
        return None
    classes = pair[1].shape[-1]
    numbers = file.sample()[pair[1].index].reshape(-1, classes)
    has_background = not are_probabilities(numbers) and bool(
        classes > 1 and numbers[:, -1].mean() > numbers[:, :-1].mean(axis=0).max() + SURE
    )
    normalisation = IMAGENET if has_background or classes == COCO_IDS else NORMALISATION
    return _recognised(file, DETR, pair, file.image_input(normalisation, stretch), has_background=has_background)


def recognise_dense(file: ModelFile) -> BoxesAndScores | None:
    """The file as a YOLO-NAS, or another that gives a box per cell, or anchor, or None where its outputs are others.

    Raises:
        UnusableModel: its labels are not what goes with such outputs.
    """
    pair = _pair(file)
    dense = _dense(file)
    if pair is None or pair[0].shape[-2] not in dense:
        return None
    strides, each = dense[pair[0].shape[-2]]
    layout = letterbox if each == 1 else stretch
    image_input = file.image_input(NORMALISATION, layout, average_from=AVERAGE_FROM)
    centres, _ = grid(image_input.width, image_input.height, strides)
    boxes = file.sample()[pair[0].index].reshape(-1, 4)
    if are_corners(boxes):
        boxes = np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, np.float32)
    if not follow(boxes, np.repeat(centres, each, axis=0)):
        return None
    return _recognised(file, DENSE, pair, image_input, has_background=False)


def _pair(file: ModelFile) -> tuple[Tensor, Tensor] | None:
    """The outputs with boxes and scores; None where there are others, or the boxes of a sample are none."""
    if len(file.outputs) != 2:
        return None
    shapes = [output.shape for output in file.outputs]
    if (
        any(len(shape) not in (2, 3) or shape[:-2] not in ((), (1,)) for shape in shapes)
        or shapes[0][-2] != shapes[1][-2]
    ):
        return None
    fours = [output for output in file.outputs if output.shape[-1] == 4 and _are_boxes(file, output)]
    if len(fours) != 1:
        return None
    (scores,) = (output for output in file.outputs if output is not fours[0])
    return fours[0], scores


def _dense(file: ModelFile) -> dict[int, tuple[tuple[int, ...], int]]:
    """The numbers of boxes that YOLOs give for the file's input, with their strides and boxes per cell."""
    image_input = ImageInput(file.input_tensor(), None)
    return {
        each * cells(image_input.width, image_input.height, strides): (strides, each)
        for each in (1, ANCHORS)
        for strides in STRIDES
    }


def _are_boxes(file: ModelFile, output: Tensor) -> bool:
    """True where a sample's numbers [N, 4] are boxes with an area that lie about the input."""
    boxes = in_fractions(file.sample()[output.index].reshape(-1, 4), ImageInput(file.input_tensor(), None))
    boxes_xyxy = boxes if are_corners(boxes) else from_centres(boxes)
    has_area = (boxes_xyxy[:, 2:] > boxes_xyxy[:, :2]).all()
    return bool(has_area and len(boxes) and boxes_xyxy.min() >= -REACH and boxes_xyxy.max() <= 1 + REACH)


def _recognised(
    file: ModelFile, name: str, pair: tuple[Tensor, Tensor], image_input: ImageInput, *, has_background: bool
) -> BoxesAndScores:
    """The file as such a detector; see recognise_detr and recognise_dense."""
    boxes, scores = pair
    classes = scores.shape[-1] - has_background
    sample = file.sample()
    first = 0 if file.has_labels(classes) else int(file.has_labels(classes - 1))
    activation = "softmax" if has_background else "sigmoid"
    return BoxesAndScores(
        input=image_input,
        labels=file.labels_for(classes - first),
        boxes=boxes.index,
        scores=scores.index,
        are_corners=are_corners(sample[boxes.index].reshape(-1, 4)),
        activation=None if are_probabilities(sample[scores.index]) else activation,
        first=first,
        name=name,
    )
