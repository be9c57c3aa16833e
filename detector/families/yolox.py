"""YOLOX: anchor-free, with objectness, boxes relative to their cell.

Output [1, N, 5 + C]: offset x, offset y from the cell's top left corner and the logarithms of width and height, all in
strides; objectness; then probabilities of C classes, for every cell of strides 8, 16, 32. Input BGR from 0 to 255, the
picture in the top left corner. After: Ge et al., YOLOX: Exceeding YOLO Series in 2021, arXiv 2107.08430, and the demo
in github.com/Megvii-BaseDetection/YOLOX.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.candidates import Candidates
from detector.families.grid import cells, grid
from detector.families.yolo import AVERAGES_FROM, yolo_output
from detector.families.yolov5 import scored
from detector.geometry import Placement, corner, from_centres
from detector.modelfile import ModelFile
from detector.numbers import exponential
from detector.sidecar import Normalisation
from detector.tensors import ImageInput

STRIDES = (8, 16, 32)
NORMALISATION = Normalisation(mean=0.0, std=1.0)


@dataclass(frozen=True, slots=True)
class Yolox:
    """A YOLOX.

    Attributes:
        corners: [N, 2] every cell's top left corner, input pixels.
        reach: [N, 1] every cell's stride, input pixels.
    """

    input: ImageInput
    labels: tuple[str, ...]
    output: int
    corners: NDArray[np.float32]
    reach: NDArray[np.float32]
    name: str = "yolox"

    def place(self, width: int, height: int) -> Placement:
        """See Family."""
        return corner(width, height, self.input.width, self.input.height)

    def decode(self, outputs: Mapping[int, NDArray[Any]], lowest: float) -> Candidates:
        """See Family."""
        rows = outputs[self.output][0]
        centres = self.corners + rows[:, :2] * self.reach
        sizes = exponential(rows[:, 2:4]) * self.reach
        size = np.array([self.input.width, self.input.height] * 2, np.float32)
        return scored(lowest, from_centres(np.concatenate([centres, sizes], axis=1)) / size, rows[:, 4], rows[:, 5:])


def recognise(file: ModelFile) -> Yolox | None:
    """The file as a YOLOX, or None where its output is another.

    Other exports of this shape decode their boxes in the graph or want RGB. YOLOX's own keep the shape [1, 3, height,
    width] of its input; others are taken for a YOLOX only where the sidecar says so.

    Raises:
        UnusableModel: its labels are not what goes with such an output.
    """
    output = yolo_output(file)
    if output is None or len(file.inputs) != 1 or len(file.inputs[0].shape) != 4:
        return None
    picture = replace(file.image_input(NORMALISATION), bgr=True, averages_from=AVERAGES_FROM)
    _, rows, columns = output.shape
    if rows != cells(picture.width, picture.height, STRIDES) or columns <= 5:
        return None
    if not picture.channels_first and file.sidecar.family != "yolox":
        return None
    if file.labels is not None and columns == 4 + len(file.labels):
        return None  # a YOLOv8, transposed
    points, reach = grid(picture.width, picture.height, STRIDES)
    return Yolox(
        input=picture,
        labels=file.labels_for(columns - 5),
        output=output.index,
        corners=(points[:, :2] - reach / 2).astype(np.float32),
        reach=reach.astype(np.float32),
    )
