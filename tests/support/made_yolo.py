"""Small YOLOs made for a test, with the structure of their float16 exports to TFLite; random weights."""

import math
from collections.abc import Sequence

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import ArrayLike

from detector.families.grid import grid
from tests.support.made_networks import CODES, SIDE, Network

STRIDES = (8, 16, 32)


class Floats(Network):
    """A float network with three levels.

    Attributes:
        levels: their features.
    """

    def __init__(self) -> None:
        """Builds it up to the levels."""
        super().__init__()
        self.input = features = self.tensor((1, SIDE, SIDE, 3), stored=np.float32)
        self._biases: dict[int, int] = {}
        self.levels = []
        for stride in (8, 2, 2):
            features = self.layer(features, 8, stride)
            self.levels.append(features)

    def layer(self, before: int, channels: int, stride: int = 1) -> int:
        """Adds a convolution; random constants that several share are one tensor, as converters write it."""
        shape = (stride, stride, self.shape(before)[3])
        kernel = self._random.normal(0, 1, (channels, *shape)) / math.sqrt(math.prod(shape))
        if channels not in self._biases:
            self._biases[channels] = self._halved(self._random.normal(0, 1, channels))
        return self.convolution(before, self._halved(kernel), self._biases[channels], stride, stored=np.float32)

    def arithmetic(self, code: int, one: int, other: int) -> int:
        """Adds arithmetic."""
        options = {CODES.ADD: schema.AddOptionsT, CODES.SUB: schema.SubOptionsT, CODES.MUL: schema.MulOptionsT}
        return self.changed(code, one, other, options=options[code]())

    def _halved(self, numbers: ArrayLike) -> int:
        """Adds a tensor of constants that are stored in float16."""
        constants = np.asarray(numbers, np.float16)
        stored = self.tensor(constants.shape, constants=constants)
        return self.operation(CODES.DEQUANTIZE, [stored], self.tensor(constants.shape, stored=np.float32))

    def numbers(self, numbers: ArrayLike) -> int:
        """Adds a tensor of constants."""
        constants = np.asarray(numbers, np.float32)
        return self.tensor(constants.shape, constants=constants)


class Yolov8(Floats):
    """Three levels, each with convolutions for boxes and others for scores.

    Attributes:
        heads: each level's tensors with boxes and with scores.
    """

    def __init__(self, classes: int = 2, bins: int = 4) -> None:
        """Builds it up to the heads.

        Args:
            classes: how many scores a cell has.
            bins: how many numbers stand for a distance.
        """
        super().__init__()
        self._bins = bins
        self.heads = [
            (self.layer(self.layer(features, 8), 4 * bins), self.layer(features, classes)) for features in self.levels
        ]

    def export(
        self,
        *,
        apart: bool = False,
        boxes_last: bool = True,
        signs: Sequence[int] = (-1, -1, 1, 1),
        squash: int = CODES.LOGISTIC,
    ) -> bytes:
        """The file, with an output [1, 4 + C, N].

        Args:
            apart: whether boxes of all levels are joined before scores are, as newer exports do.
            boxes_last: whether it is not [1, N, 4 + C].
            signs: which way from its cell's centre a box's sides are measured.
            squash: what makes probabilities of scores.
        """
        if apart:
            raw, logits = (
                self.joined([self._listed(part) for part in parts], axis=2) for parts in zip(*self.heads, strict=True)
            )
        else:
            both = self.joined([self._listed(self.joined(head, axis=3)) for head in self.heads], axis=2)
            raw, logits = self.cut(both, 0, 4 * self._bins), self.cut(both, 4 * self._bins, self.shape(both)[1])
        output = self.joined([self._boxes(raw, signs), self.changed(squash, logits)])
        return self.content(output if boxes_last else self.transposed(output, 0, 2, 1))

    def _listed(self, level: int) -> int:
        """A level [1, rows, columns, C] as [1, C, N]."""
        _, rows, columns, channels = self.shape(level)
        return self.reshaped(self.transposed(level, 0, 3, 1, 2), 1, channels, rows * columns)

    def _boxes(self, raw: int, signs: Sequence[int]) -> int:
        """Boxes [1, 4, N] by centre, width and height, fractions, from distributions of distances [1, 4 * B, N]."""
        points, reach = (numbers.T[np.newaxis] / SIDE for numbers in grid(SIDE, SIDE, STRIDES))
        cells = self.shape(raw)[2]
        by_side = self.transposed(self.reshaped(raw, 1, 4, self._bins, cells), 0, 1, 3, 2)
        distances = self.reshaped(by_side if self._bins == 1 else self._mean(by_side), 1, 4, cells)
        outwards = self.arithmetic(CODES.MUL, distances, self.numbers(np.array(signs)[:, np.newaxis] * reach))
        corners = self.arithmetic(CODES.ADD, outwards, self.numbers(points))
        low, high = self.cut(corners, 0, 2), self.cut(corners, 2, 4)
        centres = self.arithmetic(CODES.MUL, self.arithmetic(CODES.ADD, low, high), self.numbers([0.5]))
        return self.joined([centres, self.arithmetic(CODES.SUB, high, low)])

    def _mean(self, by_side: int) -> int:
        """The mean [1, 4, N, 1] of distributions [1, 4, N, B], given as logits."""
        softmax = schema.SoftmaxOptionsT()
        softmax.beta = 1.0
        likely = self.changed(CODES.SOFTMAX, by_side, options=softmax)
        kernel = self.numbers(np.arange(self._bins).reshape(1, 1, 1, -1))
        return self.convolution(likely, kernel, self.numbers([0]), stored=np.float32)


class Yolov5(Floats):
    """Three levels, each with one convolution for everything about three boxes per cell."""

    def export(self, power: int = 2) -> bytes:
        """The file, with an output [1, N, 5 + C].

        Args:
            power: with which a box grows with its number; later versions take the square.
        """
        return self.content(
            self.joined([self._boxes(each, stride, power) for each, stride in zip(self.levels, STRIDES, strict=True)])
        )

    def _boxes(self, features: int, stride: int, power: int) -> int:
        """The outputs of a level, [1, N, 5 + C]."""
        _, rows, columns, _ = self.shape(features)
        said = self.reshaped(self.layer(features, 3 * 7), 1, rows * columns, 3, 7)
        centres, sizes, scores = (
            self.changed(CODES.LOGISTIC, self.cut(said, *part, axis=3)) for part in ((0, 2), (2, 4), (4, 7))
        )
        points, _ = grid(SIDE, SIDE, (stride,))
        starts = (points[:, :2] - stride) / SIDE
        moved = self.arithmetic(CODES.MUL, centres, self.numbers([2 * stride / SIDE]))
        anchors = np.array([[1, 2], [2, 1], [2, 2]]) * 2**power * stride / SIDE
        grown = self.arithmetic(CODES.MUL, sizes, sizes) if power == 2 else sizes
        return self.reshaped(
            self.joined(
                [
                    self.arithmetic(CODES.ADD, moved, self.numbers(starts.reshape(1, -1, 1, 2))),
                    self.arithmetic(CODES.MUL, grown, self.numbers(anchors.reshape(1, 1, 3, 2))),
                    scores,
                ],
                axis=3,
            ),
            1,
            rows * columns * 3,
            7,
        )
