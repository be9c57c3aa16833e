"""detector/tflite/outputs.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from detector.tflite.outputs import Output
from detector.tflite.tensor import Tensor

SCALE, ZERO_POINT = 1 / 256, -128
TABLES = array_shapes(min_dims=2, max_dims=2, max_side=12)


def answer(stored: NDArray[np.generic]) -> Output:
    """Values as a model stores them: floats, or int8 from 0 to just under 1."""
    scale, zero_point = (SCALE, ZERO_POINT) if stored.dtype == np.int8 else (0.0, 0)
    return Output(Tensor(0, "out", stored.shape, stored.dtype, scale, zero_point), stored)


@pytest.mark.parametrize("dtype", [np.int8, np.float32])
@given(st.data())
def test_rows_reaching(dtype: type[np.generic], data: st.DataObject) -> None:
    """Every row that reaches the threshold is found, in order and once, and none whose best is a step lower."""
    elements = st.floats(0, 1, width=32) if dtype == np.float32 else st.integers(-128, 127)
    whole = answer(data.draw(arrays(dtype, TABLES, elements=elements)))
    first = data.draw(st.integers(0, whole.stored.shape[1] - 1))
    threshold = data.draw(st.floats(0, 1) | st.sampled_from(whole.dequantised.ravel().tolist()))
    for rows in (whole, answer(np.asfortranarray(whole.stored))):
        found = rows.rows_scoring(threshold, first)
        best = rows.dequantised[:, first:].max(axis=1)
        assert found.tolist() == sorted(set(found.tolist()))
        assert set(np.flatnonzero(best >= threshold)) <= set(found)
        assert (best[found] > threshold - 1.01 * SCALE).all()


def test_nan_reaches_no_threshold() -> None:
    """NaN reaches no threshold."""
    assert answer(np.array([[np.nan], [0.5]], np.float32)).rows_scoring(0.0).tolist() == [1]


@pytest.mark.parametrize("dtype", [np.int8, np.float32])
def test_everything_reaches_minus_infinity(dtype: type[np.generic]) -> None:
    """Every row reaches a threshold of minus infinity."""
    assert answer(np.zeros((3, 2), dtype)).rows_scoring(-np.inf).tolist() == [0, 1, 2]


def test_parts() -> None:
    """Parts have the same values as in the whole."""
    whole = answer(np.array([[[-128, 0], [64, 127]]], np.int8))
    assert whole.dequantised.tolist() == [[[0.0, 0.5], [0.75, 255 / 256]]]
    assert whole[0][1].dequantised.tolist() == whole.dequantised[0, 1].tolist()
    assert whole[0].transposed.dequantised.tolist() == whole.dequantised[0].T.tolist()
    assert len(whole[0]) == 2
