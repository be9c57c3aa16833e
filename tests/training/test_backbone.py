"""training/network/published.py: backbones of published networks; needs the extra for training."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the extra for training is not installed")

MOBILENET_V2 = (51, [32, 96, 320])
PUBLISHED = [
    pytest.param("backbones/mobilenet_v1_0.5_160_quant", 27, [128, 256, 512], id="a classifier"),
    pytest.param("backbones/mobilenet_v2_1.0_224_quant", *MOBILENET_V2, id="a classifier with additions"),
    pytest.param("models/ssd_mobilenet_v1_coco", 27, [192, 384, 768], id="an SSD that has ReLU6 as a range only"),
    pytest.param("models/ssd_mobilenet_v1_pets", 27, [192, 384, 768], id="an SSD"),
    pytest.param("models/ssd_fpnlite_tf2_cat_raccoon", *MOBILENET_V2, id="an SSD with a pyramid"),
]


@pytest.mark.parametrize(("name", "convolutions", "channels"), PUBLISHED)
def test_reads_published_networks(assets: Path, name: str, convolutions: int, channels: list[int]) -> None:
    """The backbone is found in classifiers and detectors; its features have a sensible range at each stride."""
    from training.network import read_backbone
    from training.network.backbone import Backbone

    layers, weights = read_backbone(assets / f"{name}.tflite")
    backbone = Backbone(layers)
    backbone.load(weights)
    torch.manual_seed(0)
    with torch.no_grad():
        features = backbone(torch.rand(1, 3, 64, 64) * 2 - 1)
    assert len(weights) == convolutions
    assert [tuple(each.shape) for each in features] == [(1, channels[n], 8 >> n, 8 >> n) for n in range(3)]
    assert all(0.1 < float(each.std()) < 20 for each in features)


@pytest.mark.parametrize("name", ["models/yolov8n_int8_224", "models/blazeface_short_range"])
def test_refuses_other_networks(assets: Path, name: str) -> None:
    """A network of another kind is refused by its name."""
    from training.network import read_backbone

    with pytest.raises(ValueError, match=Path(name).name):
        read_backbone(assets / f"{name}.tflite")
