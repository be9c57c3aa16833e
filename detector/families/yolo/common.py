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
# more than a twentieth). From here on interpolation would skip nine pixels in ten.
AVERAGE_FROM = 4

# The coarsest scores that tell sure from unsure. Where boxes in pixels and scores share an integer output, steps are
# of pixels and every score is 0.
MOST_STEP = 0.1

FIRST_SCORE = 4  # after the four numbers of a box

# Boxes reach somewhat beyond the input, but never to its double.
MOST_FRACTION = 2.0


def yolo_output(file: ModelFile) -> Tensor | None:
    """The file's one output [1, A, B]; None where its outputs are others."""
    if len(file.outputs) == 1 and len(file.outputs[0].shape) == 3 and file.outputs[0].shape[0] == 1:
        return file.outputs[0]
    return None


def yolo_input(file: ModelFile, axis: int, *, end_to_end: bool = False) -> ImageInput:
    """The input, of RGB from 0 to 1 unless the file says otherwise.

    Args:
        file: has one output.
        axis: of the output, along which a box's numbers lie: four for its place, then its first score.
        end_to_end: true where the file suppresses duplicates itself.

    Raises:
        UnusableModel: its input is not an image, the file says that it is for another task than detection, or no score
            can be read in its output.
    """
    check_scores(file, axis, end_to_end=end_to_end)
    return detecting_input(file)


def detecting_input(file: ModelFile) -> ImageInput:
    """The same, whatever its outputs.

    Raises:
        UnusableModel: its input is not an image, or the file says that it is for another task than detection.
    """
    task = file.embedded.task
    if task not in (None, "detect"):
        raise UnusableModel(
            "is a YOLO for another task (its metadata says so): export one that was trained to detect boxes."
        )
    return file.image_input(NORMALISATION, letterbox, average_from=AVERAGE_FROM)


def check_scores(file: ModelFile, axis: int, *, end_to_end: bool = False) -> None:
    """Raise UnusableModel where scores were quantised so coarsely that they are lost; see yolo_input."""
    (output,) = file.outputs
    step = coarsest_step(file.graph, output.index, axis, FIRST_SCORE)
    if step > MOST_STEP:
        raise UnusableModel(
            f"is quantised in steps of {step:.2g}, in which scores from 0 to 1 are lost: "
            f"export it with dynamic-range quantisation{', or without its end-to-end head' if end_to_end else ''}."
        )


def input_cells(file: ModelFile) -> set[int]:
    """The numbers of cells that a YOLO's grids may have on the file's input; none where that is not an image."""
    try:
        image_input = ImageInput(file.input_tensor(), None)
    except UnusableModel:
        return set()
    return usual_cells(image_input.width, image_input.height)


def in_fractions(boxes: NDArray[np.float32], image_input: ImageInput) -> NDArray[np.float32]:
    """Boxes [N, 4] as fractions of the input, whether the file gives them so or in pixels.

    Exports to TFLite by Ultralytics give fractions, those that took the way through ONNX mostly pixels. Zeros, with
    which short lists are filled up, tell nothing; most of the other numbers do.
    """
    if 2 * np.count_nonzero(boxes > MOST_FRACTION) > np.count_nonzero(boxes):
        return np.asarray(boxes / np.array([image_input.width, image_input.height] * 2), np.float32)
    return boxes


def are_corners_about(boxes: NDArray[np.float32], image_input: ImageInput) -> bool:
    """True where boxes [N, 4], one per cell, are left, top, right, bottom, and not centre and size.

    Where they can be either, they are what has their centres nearer to those of their cells.
    """
    if not are_corners(boxes):
        return False
    strides = next(each for each in STRIDES if cells(image_input.width, image_input.height, each) == len(boxes))
    centres = grid(image_input.width, image_input.height, strides)[0][:, :2] / (image_input.width, image_input.height)
    fractions = in_fractions(boxes, image_input)
    middles = (fractions[:, :2] + fractions[:, 2:]) / 2
    return bool(np.abs(middles - centres).mean() < np.abs(fractions[:, :2] - centres).mean())


def are_corners(boxes: NDArray[np.float32]) -> bool:
    """True where boxes [N, 4] can all be left, top, right and bottom."""
    return bool((boxes[:, 2:] > boxes[:, :2]).all())
