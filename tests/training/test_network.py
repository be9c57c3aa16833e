"""training/network: rewrites of the weights that keep the outputs; needs the extra for training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

torch = pytest.importorskip("torch", reason="the extra for training is not installed")

if TYPE_CHECKING:
    from training.network import Network


@pytest.fixture
def network() -> Network:
    """The bundled start for one label, with folded batch norms."""
    from training.learning import BUNDLED, Plan, initial_network
    from training.network.network import fold

    return fold(initial_network(Plan(1, size=64), ["cone"], BUNDLED))


def outputs(network: Network) -> list[Any]:
    """Its outputs for two images of noise."""
    with torch.no_grad():
        return list(network(torch.randn(2, 3, 64, 64, generator=torch.manual_seed(0))))


def test_removes_silent_channels(network: Network) -> None:
    """A channel with a constant output is removed, and the network's outputs stay the same."""
    from training.network import prune

    with torch.no_grad():
        depthwise = network.backbone.convolutions[4]
        depthwise.weight[5] = 0
        depthwise.bias[5] = 1.5
    smaller = prune(network)
    channels = [len(each.backbone.convolutions[4].weight) for each in (network, smaller)]
    assert channels[1] == channels[0] - 1
    for before, after in zip(outputs(network), outputs(smaller), strict=True):
        torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)


def test_removes_many_channels_of_the_start(network: Network) -> None:
    """Most of the start's first 32 channels are silent, and removed."""
    assert len(network.backbone.convolutions[0].weight) < 16


def test_gives_channels_the_same_range(network: Network) -> None:
    """Between blocks all channels get nearly the same range, and the network's outputs stay the same."""
    from training.network.equalisation import _groups, _peaks, equalise

    images = [torch.randn(1, 3, 64, 64, generator=torch.manual_seed(seed)) for seed in range(3)]

    def unevenness() -> list[float]:
        with torch.no_grad():
            peaks = _peaks(network.backbone, _groups(network.backbone), images)
        return [float(peak.max() / peak.min()) for peak in peaks.values()]

    before, uneven = outputs(network), unevenness()
    equalise(network, images)
    assert max(unevenness()) < min(uneven)
    for old, new in zip(before, outputs(network), strict=True):
        torch.testing.assert_close(new, old, rtol=1e-3, atol=1e-3)


def test_loss_ignores_points_in_ignored_boxes() -> None:
    """Detections in a crowd do not change the loss; others do."""
    from training.network import Truth, detection_loss, points

    at = torch.from_numpy(points(64))
    boxes = torch.tensor([[[0.0, 0.0, 20.0, 20.0], [32.0, 32.0, 64.0, 64.0]]])
    truth = Truth(boxes, torch.zeros(1, 2, dtype=torch.int64), *torch.tensor([[[True, False]], [[False, True]]]))
    logits, distances = torch.full((1, len(at), 1), -4.0), torch.full((1, len(at), 4), 2.0)
    inside = (at[:, 0] > 33) & (at[:, 1] > 33)
    outside = (at[:, 0] > 33) & (at[:, 1] < 31)
    losses = []
    for mask in (torch.zeros_like(inside), inside, outside):
        changed = torch.where(mask[None, :, None], 4.0, logits)
        losses.append(float(detection_loss(changed, distances, at, truth)[0]))
    assert losses[0] == pytest.approx(losses[1])
    assert losses[2] > losses[0] + 1
