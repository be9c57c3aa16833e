"""RTMDet and PicoDet with raw heads: maps of scores and distances per level, anchor-free, decoded here.

Outputs, per level: scores [1, rows, columns, C] and distances [1, rows, columns, D], or both with channels first.
RTMDet, strides 8, 16, 32, D = 4: distances in input pixels from a cell's top left corner to the left, top, right and
bottom side; input BGR, with ImageNet's normalisation. PicoDet, strides 8 to 64, D = 32: for each side, logits of
0, 1, … 7 strides from the cell's centre, whose mean is the distance; input RGB, with ImageNet's normalisation. After:
Lyu et al., RTMDet, arXiv 2212.07784, and Yu et al., PP-PicoDet, arXiv 2111.00902.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates
from detector.families.activations import are_probabilities, sigmoid, softmax_mean
from detector.families.grid import grid
from detector.families.nanodet import BINS
from detector.families.nanodet import NORMALISATION as IMAGENET_BGR
from detector.files import ImageInput, ModelFile, Normalisation
from detector.images import letterbox
from detector.tflite import Output, Tensor

RTMDET, PICODET = "rtmdet", "picodet"
IMAGENET_RGB = Normalisation(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
SIDES = 4


@dataclass(frozen=True, slots=True)
class Map:
    """An output that is a map.

    Attributes:
        index: the tensor's.
        rows, columns, channels: its dimensions.
        channels_first: True if it is [1, channels, rows, columns].
    """

    index: int
    rows: int
    columns: int
    channels: int
    channels_first: bool

    def read(self, outputs: Mapping[int, Output]) -> NDArray[np.float32]:
        """Its numbers, [rows * columns, channels]."""
        numbers = outputs[self.index].dequantised[0]
        return np.asarray(numbers.transpose(1, 2, 0) if self.channels_first else numbers).reshape(-1, self.channels)


@dataclass(frozen=True, slots=True)
class HeadMaps:
    """An RTMDet or a PicoDet.

    Attributes:
        scores, distances: the maps of every level, finest first.
        are_logits: True if scores are logits, rather than probabilities.
        points: [N, 4] the point that each cell measures from, as x, y, x, y, input pixels.
        strides: [N, 1] the unit of distances, input pixels.
    """

    input: ImageInput
    labels: tuple[str, ...]
    scores: tuple[Map, ...]
    distances: tuple[Map, ...]
    are_logits: bool
    points: NDArray[np.float64]
    strides: NDArray[np.float64]
    name: str

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        scores = np.concatenate([each.read(outputs) for each in self.scores])
        distances = np.concatenate([each.read(outputs) for each in self.distances])
        if distances.shape[1] != SIDES:
            distances = softmax_mean(distances.reshape(-1, SIDES, BINS)).astype(np.float32)
        size = np.array([self.input.width, self.input.height] * 2, np.float64)
        boxes_xyxy = (self.points + distances * self.strides * np.array([-1.0, -1.0, 1.0, 1.0])) / size
        return Candidates.best_class(threshold, boxes_xyxy, sigmoid(scores) if self.are_logits else scores)


def recognise_rtmdet(file: ModelFile) -> HeadMaps | None:
    """The file as an RTMDet, or None if its outputs differ.

    Raises:
        UnusableModel: its labels do not fit.
    """
    image_input = file.image_input(IMAGENET_BGR, letterbox, bgr=True)
    levels = _levels(file, image_input, (8, 16, 32), SIDES)
    if levels is None:
        return None
    centres, strides = grid(image_input.width, image_input.height, (8, 16, 32))
    return _family(file, RTMDET, image_input, levels, centres - strides / 2, np.ones_like(strides))


def recognise_picodet(file: ModelFile) -> HeadMaps | None:
    """The file as a PicoDet, or None if its outputs differ.

    Raises:
        UnusableModel: its labels do not fit.
    """
    image_input = file.image_input(IMAGENET_RGB)
    levels = _levels(file, image_input, (8, 16, 32, 64), SIDES * BINS)
    if levels is None:
        return None
    return _family(file, PICODET, image_input, levels, *grid(image_input.width, image_input.height, (8, 16, 32, 64)))


Levels = tuple[tuple[Map, ...], tuple[Map, ...]]


def _levels(file: ModelFile, image_input: ImageInput, strides: tuple[int, ...], width: int) -> Levels | None:
    """The maps of scores, and of distances with `width` channels, per level; None if the outputs differ."""
    if len(file.outputs) != 2 * len(strides) or any(len(output.shape) != 4 for output in file.outputs):
        return None
    for channels_first in (False, True):  # for all maps alike, since a small one can be read either way
        maps = [_map(output, channels_first=channels_first) for output in file.outputs]
        pairs = [
            _pair(maps, math.ceil(image_input.height / stride), math.ceil(image_input.width / stride), width)
            for stride in strides
        ]
        levels = [pair for pair in pairs if pair is not None]
        if len(levels) == len(strides) and len({scores.channels for scores, _ in levels}) == 1:
            return tuple(scores for scores, _ in levels), tuple(distances for _, distances in levels)
    return None


def _map(output: Tensor, *, channels_first: bool) -> Map:
    """Reads an output as a map."""
    _, *shape = output.shape
    channels, rows, columns = shape if channels_first else (shape[2], *shape[:2])
    return Map(output.index, rows, columns, channels, channels_first)


def _pair(maps: list[Map], rows: int, columns: int, width: int) -> tuple[Map, Map] | None:
    """The maps of scores and of distances of a grid; None if there are others."""
    found = [each for each in maps if (each.rows, each.columns) == (rows, columns)]
    if len(found) != 2 or width not in (found[0].channels, found[1].channels):
        return None
    # If there are as many classes as distances, the map listed last has the distances.
    first, second = found
    return (first, second) if second.channels == width else (second, first)


def _family(  # noqa: PLR0913, PLR0917 - the facts of either family
    file: ModelFile,
    name: str,
    image_input: ImageInput,
    levels: Levels,
    points: NDArray[np.float64],
    strides: NDArray[np.float64],
) -> HeadMaps:
    """The file as either family; see recognise_rtmdet and recognise_picodet."""
    scores, distances = levels
    sample = file.sample()
    return HeadMaps(
        input=image_input,
        labels=file.labels_for(scores[0].channels),
        scores=scores,
        distances=distances,
        are_logits=not all(are_probabilities(sample[each.index]) for each in scores),
        points=points,
        strides=strides,
        name=name,
    )
