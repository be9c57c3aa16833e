"""detector/files/sidecar.py."""

from pathlib import Path

import pytest

from detector.errors import UnusableModel
from detector.files import sidecar
from detector.files.sidecar import Defaults, Normalisation, Sidecar


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{}", Sidecar(), id="nothing stated"),
        pytest.param("family: ssd", Sidecar(family="ssd"), id="family"),
        pytest.param("strides: [8, 16]", Sidecar(strides=(8, 16)), id="strides"),
        pytest.param(
            "normalisation: {mean: 127.5, std: 128}",
            Sidecar(normalisation=Normalisation(127.5, 128)),
            id="normalisation",
        ),
        pytest.param("labels: [Äpfel, 梨]", Sidecar(labels=("Äpfel", "梨")), id="labels"),
        pytest.param(
            "defaults: {score_th: 0.5, nms_iou: 0, nms: agnostic, maxResults: 5, min_height: 0.1, min_width: 1}",
            Sidecar(defaults=Defaults(0.5, 0, "agnostic", 5, 0.1, 1)),
            id="defaults",
        ),
        pytest.param(
            "defaults: {min_height: 0.5, max_height: 0.5, max_width: 0}",
            Sidecar(defaults=Defaults(min_height=0.5, max_height=0.5, max_width=0)),
            id="defaults that just fit",
        ),
        pytest.param("anchors: [[10, 13], [16.5, 30]]", Sidecar(anchors=((10, 13), (16.5, 30))), id="anchors"),
        pytest.param("origin: Ours\nlicence: MIT", Sidecar(origin="Ours", licence="MIT"), id="origin and licence"),
        pytest.param("channels: bgr", Sidecar(channels="bgr"), id="channels"),
        pytest.param("normalisation: null", Sidecar(), id="null means absent"),
        pytest.param("# a remark\nfamily: fcos  # another\n", Sidecar(family="fcos"), id="remarks"),
    ],
)
def test_reads(tmp_path: Path, text: str, expected: Sidecar) -> None:
    """A sidecar may state any of its facts and omit the others."""
    (tmp_path / "m.yml").write_text(text, "utf-8")
    assert sidecar.read(tmp_path / "m.yml") == expected


def test_absent(tmp_path: Path) -> None:
    """A model without a sidecar, or with an empty one, has one that states nothing."""
    assert sidecar.read(None) == Sidecar()
    for text in ("", "\n", "# a remark\n"):
        (tmp_path / "m.yml").write_text(text, "utf-8")
        assert sidecar.read(tmp_path / "m.yml") == Sidecar()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"family: ssd\nnormalization: {mean: 0, std: 1}", "normalization", id="unknown key"),
        pytest.param(b"normalisation: {mean: 0, std: 1, var: 2}", "var", id="unknown key within"),
        pytest.param(b"normalisation: {mean: 0}", "std", id="half a normalisation"),
        pytest.param(b"normalisation: {mean: 0, std: 0}", "std above 0", id="std 0"),
        pytest.param(b"normalisation: {mean: 0, std: -1}", "std above 0", id="std negative"),
        pytest.param(b"normalisation: {mean: 0, std: .nan}", "finite", id="std not a number"),
        pytest.param(b"normalisation: {mean: 0, std: .inf}", "finite", id="std infinite"),
        pytest.param(b"normalisation: {mean: .nan, std: 1}", "finite", id="mean not a number"),
        pytest.param(b"normalisation: {mean: black, std: 1}", "mean", id="mean a word"),
        pytest.param(b"strides: [8, 0]", "strides", id="a stride of 0"),
        pytest.param(b"strides: 8", "strides", id="strides not a list"),
        pytest.param(b"anchors: [[10, 0]]", "anchors", id="an anchor without a height"),
        pytest.param(b"anchors: [10, 13]", "anchors", id="anchors that are no pairs"),
        pytest.param(b"channels: rgba", "channels", id="other channels"),
        pytest.param(b'labels: ["cat\\x1b[31m"]', "control character", id="a control character in a label"),
        pytest.param(b"labels: []", "labels", id="no labels"),
        pytest.param(b"labels: [cat, '']", "labels", id="an empty label"),
        pytest.param(b"labels: cat", "labels", id="labels not a list"),
        pytest.param(b"defaults: {score_th: 1.5}", "defaults.score_th", id="a default out of range"),
        pytest.param(b"defaults: {maxResults: 0}", "defaults.maxResults", id="no result"),
        pytest.param(b"defaults: {nms: soft}", "defaults.nms", id="an unknown mode"),
        pytest.param(b"defaults: {score: 0.5}", "score", id="an unknown default"),
        pytest.param(
            b"defaults: {min_height: 0.9, max_height: 0.1}",
            "max_height must not be less than min_height",
            id="contradictory heights",
        ),
        pytest.param(
            b"defaults: {min_width: 0.2, max_width: 0.1}",
            "max_width must not be less than min_width",
            id="contradictory widths",
        ),
        pytest.param(b"licence: ''", "licence", id="an empty licence"),
        pytest.param(b"family: [ssd", "m.yml", id="not YAML"),
        pytest.param(b"\xff\xfe\xfa", "m.yml", id="not text"),
        pytest.param(b"just a sentence", "object", id="not a mapping"),
        pytest.param(b"strides: [" + b"9" * 5000 + b"]", "m.yml", id="a number of thousands of digits"),
        pytest.param(b"strides: [1" + b":59" * 300_000 + b"]", "too many digits", id="a long number in base 60"),
        pytest.param(b"defaults: {score_th: 1" + b":59" * 30 + b".0e999}", "m.yml", id="hardly a number"),
        pytest.param(b"[" * 100_000, "nest", id="nested too deeply"),
        pytest.param(b"- " * 100_000, "nested too deeply", id="nested too deeply without brackets"),
        pytest.param(b"strides: [1" + b":59" * 1_000_000 + b"]", "more than 1 MiB", id="megabytes"),
    ],
)
def test_refuses(tmp_path: Path, content: bytes, reason: str) -> None:
    """Anything other than these facts is refused in one line, with the file's name and the place."""
    (tmp_path / "m.yml").write_bytes(content)
    with pytest.raises(UnusableModel, match=reason) as refusal:
        sidecar.read(tmp_path / "m.yml")
    assert "m.yml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_bundled(bundled: Path) -> None:
    """The bundled model's sidecar states how its images were normalised."""
    assert sidecar.read(bundled / "safetycone.yml").normalisation is not None
