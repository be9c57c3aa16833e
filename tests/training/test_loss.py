"""What training minimises; needs the extra for training."""

import pytest

torch = pytest.importorskip("torch", reason="the extra for training is not installed")


def test_scores_count_by_height_and_empty_points_by_error() -> None:
    """A point with an object weighs its score, one without the less the surer it is that there is none."""
    from training.loss import varifocal

    def loss(probability: float, score: float) -> float:
        return float(varifocal(torch.tensor([probability]).logit(), torch.tensor([score])))

    half = 0.6931472  # binary cross entropy at probability 0.5, whatever the score
    assert loss(0.5, 1.0) == pytest.approx(half)
    assert loss(0.5, 0.4) == pytest.approx(0.4 * half)
    assert loss(0.5, 0.0) == pytest.approx(0.75 * 0.5**2 * half)
    assert loss(0.01, 0.0) < 1e-4 * loss(0.5, 0.0)
