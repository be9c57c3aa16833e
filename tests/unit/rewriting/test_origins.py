"""detector/rewriting/origins.py."""

from collections.abc import Callable

import pytest
from ai_edge_litert import schema_py_generated as schema

from detector.rewriting.origins import Part, origins
from detector.tflite.graph import Graph
from tests.support.made_networks import CODES, SIDE, Network


def features(made: Network, channels: int) -> int:
    """The features that a convolution makes of the input."""
    return made.convolution(made.input, made.kernel(channels, 1, 1, 3), made.bias(channels, 1 / 128))


def traced(made: Network, output: int, axis: int, first: int, end: int) -> list[Part]:
    """The origin of a part of an output."""
    return origins(Graph.parse(made.content(output)), Part(output, axis, first, end))


def test_follows_reshapes() -> None:
    """A part is traced through a sigmoid, a slice, a reshape and a transposition to a concatenation's inputs."""
    made = Network()
    four, six = features(made, 4), features(made, 6)
    listed = made.reshaped(made.transposed(made.joined([four, six], axis=3), 0, 3, 1, 2), 1, 10, SIDE * SIDE)
    output = made.changed(CODES.LOGISTIC, made.cut(listed, 3, 9))
    from_six = Part(six, 3, 0, 4, sigmoids=1)
    assert traced(made, output, axis=1, first=1, end=5) == [from_six]
    from_four = Part(four, 3, 3, 4, sigmoids=1)
    assert traced(made, output, axis=1, first=0, end=5) == [from_four, from_six]


def test_joined_along_another_axis() -> None:
    """A part of tensors concatenated along another axis is that part of each, in their order."""
    made = Network()
    one, other = features(made, 4), features(made, 4)
    output = made.joined([one, other, one], axis=1)
    assert traced(made, output, axis=3, first=1, end=3) == [Part(each, 3, 1, 3) for each in (one, other, one)]


def with_steps(made: Network, whole: int) -> int:
    """Every second channel."""
    limits = map(made.integers, ([0] * 4, [1, SIDE, SIDE, 4], [1, 1, 1, 2]))
    after = made.like(whole, (1, SIDE, SIDE, 2))
    return made.operation(CODES.STRIDED_SLICE, [whole, *limits], after, schema.StridedSliceOptionsT())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda made, whole: made.changed(CODES.RELU6, whole), id="an activation"),
        pytest.param(lambda made, whole: made.cut(whole, 0, 8, axis=1), id="a slice along another axis"),
        pytest.param(
            lambda made, whole: made.reshaped(whole, 1, SIDE, SIDE * 2, 2), id="a reshaping that splits the axis"
        ),
        pytest.param(with_steps, id="a slice with gaps"),
    ],
)
def test_stops_at_others(change: Callable[[Network, int], int]) -> None:
    """A part that any other operation made starts there, as does one that is the input."""
    made = Network()
    output = change(made, features(made, 4))
    assert traced(made, output, axis=3, first=0, end=2) == [Part(output, 3, 0, 2)]
    assert traced(made, made.input, axis=3, first=0, end=2) == [Part(made.input, 3, 0, 2)]
