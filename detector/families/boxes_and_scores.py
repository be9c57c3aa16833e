"""Detectors with two outputs, decoded boxes and the scores of all classes: DETR and its successors, and YOLO-NAS.

Boxes [1, N, 4], by corners or by centre and size, fractions or pixels of the input; scores [1, N, C]. N counts either
the queries of a DETR, at most 1000, which needs no suppression, or the cells or anchors of a YOLO's grids. Scores are
probabilities or logits. Classes are independent in RT-DETR, D-FINE and RF-DETR; in the first DETR they exclude each
other, and the last is "no object". After: Carion et al., End-to-End Object Detection with Transformers, arXiv
2005.12872, and Zhao et al., DETRs Beat YOLOs on Real-time Object Detection, arXiv 2304.08069.
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
MAX_QUERIES = 1000
IMAGENET = Normalisation(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
COCO_IDS = 91  # classes of a DETR for COCO, from 0, some of them unused
MAX_OUTSIDE = 1.0  # how far boxes may reach beyond the input, as a fraction of it
MIN_LEAD = 2.0  # of the logit of "no object" over that of any class, in a black image


@dataclass(frozen=True, slots=True)
class BoxesAndScores:
    """A detector whose boxes are decoded in the graph, each with a score per class.

    Attributes:
        are_corners: True if boxes are left, top, right, bottom, rather than centre and size.
        activation: turns scores into probabilities; None if they are probabilities.
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
    """The file as a DETR, or None if its outputs differ.

    Raises:
        UnusableModel: its labels do not fit.
    """
    pair = _pair(file)
    if pair is None or pair[0].shape[-2] > MAX_QUERIES or pair[0].shape[-2] in _dense(file):
        return None
    classes = pair[1].shape[-1]
    numbers = file.sample()[pair[1].index].reshape(-1, classes)
    has_background = not are_probabilities(numbers) and bool(
        classes > 1 and numbers[:, -1].mean() > numbers[:, :-1].mean(axis=0).max() + MIN_LEAD
    )
    normalisation = IMAGENET if has_background or classes == COCO_IDS else NORMALISATION
    return _family(file, DETR, pair, file.image_input(normalisation, stretch), has_background=has_background)


def recognise_dense(file: ModelFile) -> BoxesAndScores | None:
    """The file as a YOLO-NAS, or another with one box per cell or anchor, or None if its outputs differ.

    Raises:
        UnusableModel: its labels do not fit.
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
    return _family(file, DENSE, pair, image_input, has_background=False)


def _pair(file: ModelFile) -> tuple[Tensor, Tensor] | None:
    """The outputs with boxes and scores; None if there are others, or if a sample shows no boxes."""
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
    """The possible numbers of boxes of a YOLO with this input, with the strides and boxes per cell."""
    image_input = ImageInput(file.input_tensor(), None)
    return {
        each * cells(image_input.width, image_input.height, strides): (strides, each)
        for each in (1, ANCHORS)
        for strides in STRIDES
    }


def _are_boxes(file: ModelFile, output: Tensor) -> bool:
    """True if a sample's numbers [N, 4] are boxes with an area, in or near the input."""
    boxes = in_fractions(file.sample()[output.index].reshape(-1, 4), ImageInput(file.input_tensor(), None))
    boxes_xyxy = boxes if are_corners(boxes) else from_centres(boxes)
    has_area = (boxes_xyxy[:, 2:] > boxes_xyxy[:, :2]).all()
    is_near = len(boxes) and boxes_xyxy.min() >= -MAX_OUTSIDE and boxes_xyxy.max() <= 1 + MAX_OUTSIDE
    return bool(has_area and is_near)


def _family(
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
