"""YOLOv3, YOLOv4 and YOLOv5 with raw heads: anchors on several grids, decoded here.

One output per grid, in any order: [1, rows, columns, A * (5 + C)] or [1, rows, columns, A, 5 + C], or with the channels
or the anchors first. For every anchor of every cell: centre, size, objectness, C classes, all logits. A score is
objectness times class, both by sigmoid. Such files contain neither their version nor their anchors: the sidecar names
the family, and the anchors if they differ from those for COCO. After: Redmon and Farhadi, YOLOv3, arXiv 1804.02767;
Bochkovskiy et al., YOLOv4, arXiv 2004.10934; the documentation of YOLOv5's architecture, docs.ultralytics.com/yolov5.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, from_centres
from detector.errors import UnusableModel
from detector.families.activations import min_logit, safe_exp, sigmoid
from detector.families.grid import grid
from detector.families.yolo.common import detecting_input
from detector.families.yolo.yolov5 import ANCHORS
from detector.files import ImageInput, ModelFile
from detector.tflite import Output, Tensor

YOLOV3, YOLOV4, YOLOV5 = "yolov3_heads", "yolov4_heads", "yolov5_heads"
COCO_CLASSES = 80
STRIDES = {2: (16, 32), 3: (8, 16, 32)}  # by the number of grids

Anchors = tuple[tuple[float, float], ...]

_V3 = ((10, 13), (16, 30), (33, 23), (30, 61), (62, 45), (59, 119), (116, 90), (156, 198), (373, 326))
_V3_TINY = ((10, 14), (23, 27), (37, 58), (81, 82), (135, 169), (344, 319))
_V4 = ((12, 16), (19, 36), (40, 28), (36, 75), (76, 55), (72, 146), (142, 110), (192, 243), (459, 401))
_V4_TINY = ((23, 27), (37, 58), (81, 82), (81, 82), (135, 169), (344, 319))

# Anchors for COCO in input pixels, finest grid first, by the number of grids. Source: the configurations of Darknet and
# YOLOv5.
COCO: dict[str, dict[int, Anchors]] = {
    YOLOV3: {3: _V3, 2: _V3_TINY},
    YOLOV4: {3: _V4, 2: _V4_TINY},
    YOLOV5: {3: _V3},
}
# The range of a centre's offset, in cells, finest grid first, by the number of grids; Darknet's scale_x_y.
OFFSET_RANGES: dict[str, dict[int, tuple[float, ...]]] = {
    YOLOV3: {3: (1.0,) * 3, 2: (1.0,) * 2},
    YOLOV4: {3: (1.2, 1.1, 1.05), 2: (1.05,) * 2},
    YOLOV5: {3: (2.0,) * 3, 2: (2.0,) * 2},
}


@dataclass(frozen=True, slots=True)
class Head:
    """The output for a grid.

    Attributes:
        index: the tensor's.
        axes: the order of axes that puts rows and columns first; None if they are first.
        channels: the number of values per cell.
    """

    index: int
    axes: tuple[int, ...] | None
    channels: int

    def rows(self, outputs: Mapping[int, Output], columns: int) -> NDArray[np.float32]:
        """The output's values as [N, columns], cell by cell, anchor by anchor."""
        numbers = outputs[self.index].dequantised[0]
        return np.asarray(numbers if self.axes is None else numbers.transpose(self.axes)).reshape(-1, columns)


@dataclass(frozen=True, slots=True)
class RawHeads:
    """A YOLO with raw heads.

    Attributes:
        heads: the outputs, finest grid first.
        corners: [N, 2] the top left corner of every box's cell, input pixels, grid by grid.
        strides, offset_ranges: [N, 1] of every box's grid; see OFFSET_RANGES.
        anchors: [N, 2] width and height of every box's anchor, input pixels.
    """

    input: ImageInput
    labels: tuple[str, ...]
    heads: tuple[Head, ...]
    corners: NDArray[np.float64]
    strides: NDArray[np.float64]
    offset_ranges: NDArray[np.float64]
    anchors: NDArray[np.float64]
    name: str

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        columns = 5 + len(self.labels)
        rows = np.concatenate([head.rows(outputs, columns) for head in self.heads])
        likely = np.flatnonzero(rows[:, 4] >= min_logit(threshold))
        logits = rows[likely]
        shares = sigmoid(logits)
        offsets = (shares[:, :2] - 0.5) * self.offset_ranges[likely] + 0.5
        centres = self.corners[likely] + offsets * self.strides[likely]
        factors = (2 * shares[:, 2:4]) ** 2 if self.name == YOLOV5 else safe_exp(logits[:, 2:4])
        boxes_cxcywh = np.concatenate([centres, factors * self.anchors[likely]], axis=1)
        size = np.array([self.input.width, self.input.height] * 2, np.float64)
        scores = shares[:, 4:5] * shares[:, 5:]
        return Candidates.best_class(threshold, from_centres(boxes_cxcywh) / size, scores).out_of(len(rows))


def recognise_v3(file: ModelFile) -> RawHeads | None:
    """The file as a YOLOv3, or None if its outputs differ. Files without a family in a sidecar are refused here."""
    return recognise(file, YOLOV3)


def recognise_v4(file: ModelFile) -> RawHeads | None:
    """The file as a YOLOv4, or None if its sidecar does not say so."""
    return recognise(file, YOLOV4) if file.sidecar.family == YOLOV4 else None


def recognise_v5(file: ModelFile) -> RawHeads | None:
    """The file as a YOLOv5, or None if its sidecar does not say so."""
    return recognise(file, YOLOV5) if file.sidecar.family == YOLOV5 else None


def recognise(file: ModelFile, name: str) -> RawHeads | None:
    """The file as a version, or None if its outputs differ.

    Raises:
        UnusableModel: no sidecar names the version, the anchors are unknown, or the labels do not fit.
    """
    image_input = detecting_input(file)
    strides = STRIDES.get(len(file.outputs), ())
    each = len(file.sidecar.anchors) // len(strides) if file.sidecar.anchors and strides else ANCHORS
    shapes = [(math.ceil(image_input.height / stride), math.ceil(image_input.width / stride)) for stride in strides]
    heads = [head for rows, columns in shapes if (head := _head(file.outputs, rows, columns, each)) is not None]
    channels = {head.channels for head in heads}
    if not strides or len(heads) != len(strides) or len(channels) != 1:
        return None
    (count,) = channels
    classes = count // each - 5 if each else 0
    if classes < 1 or count % each:
        return None
    if file.sidecar.family != name:
        if not file.has_labels(classes) and classes != COCO_CLASSES:
            return None  # perhaps feature maps, which may have any number of channels
        raise UnusableModel(
            f"has the raw heads of a YOLO, which do not tell its version: write `family:` {YOLOV3}, {YOLOV4} or "
            f"{YOLOV5} into {file.name}.yml beside it, and `anchors: [[WIDTH, HEIGHT], …]` unless they are COCO's."
        )
    anchors = file.sidecar.anchors or COCO[name].get(len(strides))
    if anchors is None or len(anchors) != each * len(strides):
        raise UnusableModel(
            f"has {len(strides)} grids, for which no anchors are known: write them into {file.name}.yml beside it, as "
            "`anchors: [[WIDTH, HEIGHT], …]` in pixels of the input, as many for each grid, the finest first."
        )
    centres, sizes = grid(image_input.width, image_input.height, strides)
    per_grid = [rows * columns for rows, columns in shapes]
    by_grid = np.array(anchors, np.float64).reshape(len(strides), each, 2)
    return RawHeads(
        input=image_input,
        labels=file.labels_for(classes),
        heads=tuple(heads),
        corners=np.repeat(centres[:, :2] - sizes / 2, each, axis=0),
        strides=np.repeat(sizes, each, axis=0),
        offset_ranges=np.repeat(np.array(OFFSET_RANGES[name][len(strides)]), np.array(per_grid) * each)[:, np.newaxis],
        anchors=np.concatenate([np.tile(level, (cells, 1)) for level, cells in zip(by_grid, per_grid, strict=True)]),
        name=name,
    )


def _head(outputs: tuple[Tensor, ...], rows: int, columns: int, each: int) -> Head | None:
    """The output for a grid; None if there is none."""
    for output in outputs:
        shape = output.shape[1:] if output.shape[:1] == (1,) else ()
        if shape[:2] == (rows, columns) and (len(shape) == 3 or (len(shape) == 4 and shape[2] == each)):
            return Head(output.index, None, math.prod(shape[2:]))
        if shape[1:] == (rows, columns):
            return Head(output.index, (1, 2, 0), shape[0])
        if len(shape) == 4 and shape[:3] == (each, rows, columns):
            return Head(output.index, (1, 2, 0, 3), each * shape[3])
    return None
