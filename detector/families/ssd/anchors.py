"""The anchors of the Object Detection API's own configurations.

Files that were exported without post-processing lack them. Source: tensorflow/models,
object_detection/anchor_generators/multiple_grid_anchor_generator.py and multiscale_grid_anchor_generator.py, with the
numbers of the configurations in object_detection/samples/configs. After: Liu et al., SSD, arXiv 1512.02325, and Lin et
al., Focal Loss for Dense Object Detection, arXiv 1708.02002.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SSD_STRIDES = (16, 32, 64, 128, 256, 512)
SMALLEST, LARGEST = 0.2, 0.95  # of the image, from the first grid to the last
ASPECTS = (1.0, 2.0, 1 / 2, 3.0, 1 / 3)  # width to height

FPN_STRIDES = (8, 16, 32, 64, 128)
FPN_SCALES = (4.0, 4.0 * math.sqrt(2))  # strides
FPN_ASPECTS = (1.0, 2.0, 1 / 2)


def usual_anchors(width: int, height: int, count: int) -> NDArray[np.float32] | None:
    """The anchors of the configuration with `count` of them.

    Args:
        width, height: of the input, pixels.
        count: the model's number of boxes.

    Returns:
        [count, 4] centre x, centre y, width, height, fractions; None if no configuration has that number.
    """
    for anchors in (ssd_anchors(width, height), fpn_anchors(width, height)):
        if len(anchors) == count:
            return anchors
    return None


def ssd_anchors(width: int, height: int) -> NDArray[np.float32]:
    """Three anchors per cell on the first grid, six on each of the others, [N, 4] as in usual_anchors."""
    scales = [*np.linspace(SMALLEST, LARGEST, len(SSD_STRIDES)), 1.0]
    # Sides are fractions of the shorter side of the image, so that an aspect of 1 is a square.
    unit = min(width, height) / np.array([width, height])
    grids = []
    for number, stride in enumerate(SSD_STRIDES):
        scale, next_scale = scales[number : number + 2]
        shapes = [(scale, aspect) for aspect in ASPECTS] + [(math.sqrt(scale * next_scale), 1.0)]
        if number == 0:
            shapes = [(SMALLEST / 2, 1.0), (scale, 2.0), (scale, 1 / 2)]
        columns, rows = math.ceil(width / stride), math.ceil(height / stride)
        steps = np.array([1 / columns, 1 / rows])
        grids.append(_grid(columns, rows, steps, steps / 2, [_sides(shape) * unit for shape in shapes]))
    return np.concatenate(grids).astype(np.float32)


def fpn_anchors(width: int, height: int) -> NDArray[np.float32]:
    """Six anchors per cell on every grid of a feature pyramid, [N, 4] as in usual_anchors."""
    size = np.array([width, height])
    grids = []
    for stride in FPN_STRIDES:
        # Grids that do not divide the image evenly begin at its corner.
        offset = np.where(size % stride, 0, stride / 2) / size
        shapes = [_sides((scale * stride, aspect)) / size for aspect in FPN_ASPECTS for scale in FPN_SCALES]
        grids.append(_grid(math.ceil(width / stride), math.ceil(height / stride), stride / size, offset, shapes))
    return np.concatenate(grids).astype(np.float32)


def _sides(shape: tuple[float, float]) -> NDArray[np.float64]:
    """The width and height for a scale and an aspect."""
    scale, aspect = shape
    return np.array([scale * math.sqrt(aspect), scale / math.sqrt(aspect)])


def _grid(
    columns: int,
    rows: int,
    steps: NDArray[np.float64],
    offset: NDArray[np.float64],
    shapes: Sequence[NDArray[np.float64]],
) -> NDArray[np.float64]:
    """One anchor per shape and cell, [rows * columns * shapes, 4], row by row."""
    cells = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 1, 2)
    centres = np.broadcast_to(cells * steps + offset, (len(cells), len(shapes), 2))
    return np.concatenate([centres, np.broadcast_to(shapes, centres.shape)], axis=2).reshape(-1, 4)
