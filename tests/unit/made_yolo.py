"""A small YOLOv8 made for a test, put together as its export to TFLite in float16 is; weights are random."""

from collections.abc import Sequence

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from made_networks import CODES, SIDE, Network
from numpy.typing import ArrayLike

from detector.families.grid import grid

STRIDES = (8, 16, 32)


class Yolo(Network):
    """Three levels, each with convolutions for boxes and others for scores.

    Attributes:
        heads: each level's tensors with boxes and with scores.
    """

    def __init__(self, classes: int = 2, bins: int = 4) -> None:
        """As far as the heads.

        Args:
            classes: how many scores a cell has.
            bins: how many numbers stand for a distance.
        """
        super().__init__()
        self.picture = features = self.tensor((1, SIDE, SIDE, 3), stored=np.float32)
        self._bins = bins
        self._biases: dict[int, int] = {}
        self.heads = []
        for stride in (8, 2, 2):
            features = self.layer(features, 8, stride)
            boxes = self.layer(self.layer(features, 8), 4 * bins)
            self.heads.append((boxes, self.layer(features, classes)))

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

    def layer(self, before: int, channels: int, stride: int = 1) -> int:
        """Adds a convolution; what is by chance the same in several is one tensor, as converters make it."""
        kernel = self._random.normal(0, 1, (channels, stride, stride, self.shape(before)[3])) / stride
        if channels not in self._biases:
            self._biases[channels] = self._halved(self._random.normal(0, 1, channels))
        return self.convolution(before, self._halved(kernel), self._biases[channels], stride, stored=np.float32)

    def _listed(self, level: int) -> int:
        """A level [1, rows, columns, C] as [1, C, N]."""
        _, rows, columns, channels = self.shape(level)
        return self.reshaped(self.transposed(level, 0, 3, 1, 2), 1, channels, rows * columns)

    def _boxes(self, raw: int, signs: Sequence[int]) -> int:
        """Boxes [1, 4, N] by centre, width and height, fractions, of distributions of distances [1, 4 * B, N]."""
        points, reach = (numbers.T[np.newaxis] / SIDE for numbers in grid(SIDE, SIDE, STRIDES))
        cells = self.shape(raw)[2]
        by_side = self.transposed(self.reshaped(raw, 1, 4, self._bins, cells), 0, 1, 3, 2)
        distances = self.reshaped(by_side if self._bins == 1 else self._mean(by_side), 1, 4, cells)
        outwards = self._with(CODES.MUL, distances, self._numbers(np.array(signs)[:, np.newaxis] * reach))
        corners = self._with(CODES.ADD, outwards, self._numbers(points))
        low, high = self.cut(corners, 0, 2), self.cut(corners, 2, 4)
        centres = self._with(CODES.MUL, self._with(CODES.ADD, low, high), self._numbers([0.5]))
        return self.joined([centres, self._with(CODES.SUB, high, low)])

    def _mean(self, by_side: int) -> int:
        """The mean [1, 4, N, 1] of distributions [1, 4, N, B], of which logits are given."""
        softmax = schema.SoftmaxOptionsT()
        softmax.beta = 1.0
        likely = self.changed(CODES.SOFTMAX, by_side, options=softmax)
        kernel = self._numbers(np.arange(self._bins).reshape(1, 1, 1, -1))
        return self.convolution(likely, kernel, self._numbers([0]), stored=np.float32)

    def _with(self, code: int, one: int, other: int) -> int:
        """Adds arithmetic."""
        options = {CODES.ADD: schema.AddOptionsT, CODES.SUB: schema.SubOptionsT, CODES.MUL: schema.MulOptionsT}
        return self.changed(code, one, other, options=options[code]())

    def _halved(self, numbers: ArrayLike) -> int:
        """Adds a tensor of constants that are stored in float16."""
        constants = np.asarray(numbers, np.float16)
        stored = self.tensor(constants.shape, constants=constants)
        return self.operation(CODES.DEQUANTIZE, [stored], self.tensor(constants.shape, stored=np.float32))

    def _numbers(self, numbers: ArrayLike) -> int:
        """Adds a tensor of constants."""
        constants = np.asarray(numbers, np.float32)
        return self.tensor(constants.shape, constants=constants)
