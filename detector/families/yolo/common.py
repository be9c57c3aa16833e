"""Facts and functions that the YOLO families share."""

import numpy as np
from numpy.typing import NDArray

from detector.errors import UnusableModel
from detector.families.grid import STRIDES, cells, grid, usual_cells
from detector.files import ImageInput, ModelFile, Normalisation
from detector.images import letterbox
from detector.tflite import Tensor, coarsest_step

NORMALISATION = Normalisation(mean=0.0, std=255.0)

# The exporters' own tools interpolate, whatever the size, and averaging moves boxes (YOLOv8 at 224 pixels: 4 of 18 by
# more than a twentieth). Beyond this ratio, interpolation would skip nine pixels in ten.
AVERAGE_FROM = 4

# The coarsest step of useful scores. If boxes in pixels and scores share an integer output, steps are in pixels, and
# every score is 0.
MAX_STEP = 0.1

FIRST_SCORE = 4  # after the four numbers of a box

# Boxes may reach beyond the input, but never to twice its size.
MAX_FRACTION = 2.0


def yolo_output(file: ModelFile) -> Tensor | None:
    """The file's one output [1, A, B]; None if its outputs are others."""
    if len(file.outputs) == 1 and len(file.outputs[0].shape) == 3 and file.outputs[0].shape[0] == 1:
        return file.outputs[0]
    return None


def yolo_input(file: ModelFile, axis: int, *, end_to_end: bool = False) -> ImageInput:
    """The input, of RGB from 0 to 1 unless the file says otherwise.

    Args:
        file: has one output.
        axis: the axis of the output along which a box's numbers lie: four coordinates, then the first score.
        end_to_end: True if the file suppresses duplicates itself.

    Raises:
        UnusableModel: its input is not an image, its metadata names another task than detection, or scores were lost
            by quantisation.
    """
    check_scores(file, axis, end_to_end=end_to_end)
    return detecting_input(file)


def detecting_input(file: ModelFile) -> ImageInput:
    """The same input, without a check of the outputs.

    Raises:
        UnusableModel: its input is not an image, or its metadata names another task than detection.
    """
    task = file.embedded.task
    if task not in (None, "detect"):
        raise UnusableModel(
            "is a YOLO for another task (its metadata says so): export one that was trained to detect boxes."
        )
    return file.image_input(NORMALISATION, letterbox, average_from=AVERAGE_FROM)


def check_scores(file: ModelFile, axis: int, *, end_to_end: bool = False) -> None:
    """Raises UnusableModel if scores were quantised too coarsely to be of use; see yolo_input."""
    (output,) = file.outputs
    step = coarsest_step(file.graph, output.index, axis, FIRST_SCORE)
    if step > MAX_STEP:
        raise UnusableModel(
            f"is quantised in steps of {step:.2g}, in which scores from 0 to 1 are lost: "
            f"export it with dynamic-range quantisation{', or without its end-to-end head' if end_to_end else ''}."
        )


def input_cells(file: ModelFile) -> set[int]:
    """The possible numbers of cells of a YOLO with the file's input; empty if that is not an image."""
    try:
        image_input = ImageInput(file.input_tensor(), None)
    except UnusableModel:
        return set()
    return usual_cells(image_input.width, image_input.height)


def in_fractions(boxes: NDArray[np.float32], image_input: ImageInput) -> NDArray[np.float32]:
    """Converts boxes [N, 4] to fractions of the input, if they are in pixels.

    Ultralytics' exports to TFLite give fractions, exports by way of ONNX mostly pixels. The majority of numbers other
    than 0 decides, because short lists are padded with zeros.
    """
    if 2 * np.count_nonzero(boxes > MAX_FRACTION) > np.count_nonzero(boxes):
        return np.asarray(boxes / np.array([image_input.width, image_input.height] * 2), np.float32)
    return boxes


def are_corners_about(boxes: NDArray[np.float32], image_input: ImageInput) -> bool:
    """True if boxes [N, 4], one per cell, are left, top, right, bottom, rather than centre and size.

    If they can be either, the reading counts whose centres are nearer to those of the cells.
    """
    if not are_corners(boxes):
        return False
    strides = next(each for each in STRIDES if cells(image_input.width, image_input.height, each) == len(boxes))
    centres = grid(image_input.width, image_input.height, strides)[0][:, :2] / (image_input.width, image_input.height)
    fractions = in_fractions(boxes, image_input)
    middles = (fractions[:, :2] + fractions[:, 2:]) / 2
    return bool(np.abs(middles - centres).mean() < np.abs(fractions[:, :2] - centres).mean())


def are_corners(boxes: NDArray[np.float32]) -> bool:
    """True if boxes [N, 4] can all be left, top, right and bottom."""
    return bool((boxes[:, 2:] > boxes[:, :2]).all())
