"""detector/tflite/steps.py."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from detector.errors import UnusableModel
from detector.serving.model import Model
from detector.tflite import LITERT, Graph, coarsest_step
from tests.support.made_networks import CODES, Network

PIXELS, SCORES = 2.5, 1 / 256  # steps
CELLS = 84


class Heads(Network):
    """A network with boxes [1, 4, 84] and scores [1, 2, 84] in int8, for an input of 64 x 64 pixels."""

    def __init__(self) -> None:
        """Builds it up to the heads."""
        super().__init__()
        self.input = self.tensor((1, 64, 64, 3), stored=np.float32)
        self.boxes = self.constant((1, 4, CELLS), PIXELS)
        self.scores = self.constant((1, 2, CELLS), SCORES)

    def constant(self, shape: tuple[int, ...], scale: float) -> int:
        """Adds a tensor of int8 constants."""
        return self.tensor(shape, scale=scale, constants=np.full(shape, 3, np.int8))

    def real(self, before: int) -> int:
        """Adds a conversion to float."""
        return self.operation(CODES.DEQUANTIZE, [before], self.tensor(self.shape(before), stored=np.float32))

    def rounded(self, before: int, scale: float) -> int:
        """Adds a conversion to another scale."""
        after = self.tensor(self.shape(before), scale=scale, stored=np.int8)
        return self.operation(CODES.QUANTIZE, [before], after)

    def gathered(self, before: int, count: int) -> int:
        """Adds a selection of the first rows [1, count, C] of [1, N, C]."""
        shape = (1, count, self.shape(before)[2])
        options = schema.GatherOptionsT()
        options.axis = 1
        rows = self.integers(range(count))
        after = self.tensor(shape, stored=np.float32)
        return self.operation(CODES.GATHER, [before, rows], after, options)


def joined(net: Heads) -> int:
    """Boxes and scores in one tensor, in steps of pixels, converted to float."""
    parts = [net.boxes, net.rounded(net.scores, PIXELS)]
    return net.real(net.joined(parts, scale=PIXELS, stored=np.int8))


def apart(net: Heads) -> int:
    """Boxes and scores converted to float before they are joined."""
    return net.joined([net.real(net.boxes), net.real(net.scores)], stored=np.float32)


@pytest.mark.parametrize(
    ("build", "axis", "step"),
    [
        pytest.param(joined, 1, PIXELS, id="joined in one tensor"),
        pytest.param(apart, 1, SCORES, id="joined as real numbers"),
        pytest.param(lambda net: net.transposed(joined(net), 0, 2, 1), 2, PIXELS, id="transposed"),
        pytest.param(lambda net: net.transposed(apart(net), 0, 2, 1), 2, SCORES, id="apart, transposed"),
        pytest.param(
            lambda net: net.gathered(net.cut(net.transposed(joined(net), 0, 2, 1), 4, 6, axis=2), 10),
            2,
            PIXELS,
            id="cut out, then chosen among",
        ),
        pytest.param(
            lambda net: net.gathered(net.cut(net.transposed(apart(net), 0, 2, 1), 4, 6, axis=2), 10),
            2,
            SCORES,
            id="apart, cut out, then chosen among",
        ),
        pytest.param(lambda net: net.reshaped(joined(net), 1, 6, 7, 12), 1, PIXELS, id="reshaped"),
        pytest.param(lambda net: net.changed(CODES.LOGISTIC, joined(net)), 1, 0, id="computed"),
    ],
)
def test_coarsest_step(build: Callable[[Heads], int], axis: int, step: float) -> None:
    """The step of the scores is found through reshapes and conversions; that of the boxes is not mistaken for it."""
    net = Heads()
    output = build(net)
    place = 0 if net.shape(output)[axis] < 5 else 4
    assert coarsest_step(Graph.parse(net.content(output)), output, axis, place) == pytest.approx(step)


def test_lost_scores_are_refused(tmp_path: Path) -> None:
    """A YOLO whose float output was int8 in steps of pixels is refused, with advice that helps."""
    (tmp_path / "m.txt").write_text("cat\ndog", "utf-8")
    for build, served in ((joined, False), (apart, True)):
        net = Heads()
        (tmp_path / "m.tflite").write_bytes(net.content(build(net)))
        if served:
            assert Model.load(tmp_path / "m.tflite", LITERT).family.name == "yolov8"
        else:
            with pytest.raises(UnusableModel, match=r"in steps of 2.5, in which .* lost: export it with dynamic-range"):
                Model.load(tmp_path / "m.tflite", LITERT)


def test_end_to_end_heads_are_named(tmp_path: Path) -> None:
    """For an end-to-end export, the advice is also to leave that head out."""
    net = Heads()
    rows = net.constant((1, 300, 6), PIXELS)
    (tmp_path / "m.tflite").write_bytes(net.content(net.real(rows)))
    (tmp_path / "m.txt").write_text("cat", "utf-8")
    with pytest.raises(UnusableModel, match="dynamic-range quantisation, or without its end-to-end head"):
        Model.load(tmp_path / "m.tflite", LITERT)
