"""training/pruning.py and training/equalising.py: other weights, the same network; needs the extra for training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from training.__main__ import START

torch = pytest.importorskip("torch", reason="the extra for training is not installed")

if TYPE_CHECKING:
    from training.network import Detector


@pytest.fixture
def detector() -> Detector:
    """What runs for one label start from, with its batch norms folded."""
    from training.fit import _detector
    from training.network import fold
    from training.plan import Plan

    return fold(_detector(Plan(1, size=64), ["cone"], START))


def answers(detector: Detector) -> list[torch.Tensor]:
    """What it says to two noisy pictures."""
    with torch.no_grad():
        return list(detector(torch.randn(2, 3, 64, 64, generator=torch.manual_seed(0))))


def test_leaves_silent_channels_out(detector: Detector) -> None:
    """A channel that gives the same whatever it sees is left out, and the answers are the same."""
    from training.pruning import pruned

    with torch.no_grad():
        depthwise = detector.backbone.convolutions[4]
        depthwise.weight[5] = 0
        depthwise.bias[5] = 1.5
    smaller = pruned(detector)
    channels = [len(each.backbone.convolutions[4].weight) for each in (detector, smaller)]
    assert channels[1] == channels[0] - 1
    for before, after in zip(answers(detector), answers(smaller), strict=True):
        torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)


def test_leaves_many_out_of_what_runs_start_from(detector: Detector) -> None:
    """Of the start's first 32 channels most are silent, and no run is slowed down by them."""
    assert len(detector.backbone.convolutions[0].weight) < 16


def test_makes_channels_equally_loud(detector: Detector) -> None:
    """Between blocks channels become as loud as the loudest, and the answers are the same."""
    from training.equalising import _groups, _peaks, equalise

    pictures = [torch.randn(1, 3, 64, 64, generator=torch.manual_seed(seed)) for seed in range(3)]

    def unevenness() -> list[float]:
        peaks = _peaks(detector.backbone, _groups(detector.backbone), pictures)
        return [float(peak.max() / peak.min()) for peak in peaks.values()]

    before, uneven = answers(detector), unevenness()
    equalise(detector, pictures)
    assert max(unevenness()) < min(uneven)
    for old, new in zip(before, answers(detector), strict=True):
        torch.testing.assert_close(new, old, rtol=1e-3, atol=1e-3)
