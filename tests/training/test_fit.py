"""From a folder of photos to a model that the service loads; needs the extra for training."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detector.model import Model
from detector.runtime import LITERT
from training.__main__ import main
from training.example import write_scenes

torch = pytest.importorskip("torch", reason="the extra for training is not installed")

STEPS = 3

Fit = Callable[[str], int]


@pytest.fixture
def fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fit:
    """Runs the command on a few drawn scenes; the argument names the model and its folder of progress."""
    write_scenes(tmp_path / "scenes", 1, 6)
    monkeypatch.setattr("training.fit.STEPS_PER_EPOCH", 1)

    def run(name: str) -> int:
        out, work = str(tmp_path / f"{name}.tflite"), str(tmp_path / name)
        small = ["--steps", str(STEPS), "--batch", "2", "--size", "64"]
        return main(["fit", str(tmp_path / "scenes"), "--out", out, "--work", work, *small])

    return run


def test_makes_a_model_that_the_service_loads(fit: Fit, tmp_path: Path) -> None:
    """One command leaves a model with its labels, default score and card, and pictures of how it went."""
    assert fit("cone") == 0
    model = Model.load(tmp_path / "cone.tflite", LITERT, interpreters=1)
    assert model.labels == ("cone",)
    assert model.file.sidecar.defaults.score_th is not None
    assert (tmp_path / "cone.md").is_file()
    assert {file.name for file in (tmp_path / "cone").iterdir()} >= {"checkpoint.pt", "curve.png", "examples.jpg"}


def test_goes_on_where_it_was_stopped(fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is stopped and started again ends with the network of one that was left alone."""
    from training import fit as fitting
    from training.checkpoint import Checkpoint

    learn, done = fitting._learn, []

    def interrupted(*arguments: object) -> object:
        done.append(arguments)
        if len(done) == STEPS:
            raise KeyboardInterrupt
        return learn(*arguments)

    assert fit("whole") == 0
    monkeypatch.setattr(fitting, "_learn", interrupted)
    assert fit("stopped") == 130
    assert fit("stopped") == 0
    assert len(done) == STEPS + 1
    whole, stopped = (Checkpoint.load(tmp_path / name / "checkpoint.pt").average for name in ("whole", "stopped"))
    for name, value in whole.items():
        torch.testing.assert_close(stopped[name], value)


def test_keeps_the_first_layers_of_what_it_starts_from(fit: Fit, tmp_path: Path, bundled: Path) -> None:
    """The layers before the first stride are those of the bundled model, the later ones learn."""
    from training.backbone import read_backbone
    from training.checkpoint import Checkpoint

    assert fit("cone") == 0
    kernels = [kernel for kernel, _ in read_backbone(bundled / "safetycone.tflite")[1]]
    learnt = Checkpoint.load(tmp_path / "cone" / "checkpoint.pt").detector().backbone.convolutions
    same = [torch.equal(kernel, now.weight) for kernel, now in zip(kernels, learnt, strict=True)]
    assert same == [True] * 10 + [False] * (len(same) - 10)


def test_biases_of_vanished_kernels_outlast_quantisation(fit: Fit, tmp_path: Path) -> None:
    """A channel that gives the same whatever it sees gives it after quantisation, too."""
    from training.backbone import read_backbone
    from training.checkpoint import Checkpoint
    from training.dataset import read_dataset
    from training.export import export

    assert fit("cone") == 0
    checkpoint = Checkpoint.load(tmp_path / "cone" / "checkpoint.pt")
    checkpoint.average["backbone.convolutions.2.weight"][5] = 1e-12
    checkpoint.average["backbone.convolutions.2.bias"][5] = 1.5
    export(checkpoint, read_dataset(tmp_path / "scenes", 64, "cone").train, tmp_path / "vanished.tflite")
    _, (_, _, (_, biases), *_) = read_backbone(tmp_path / "vanished.tflite")
    assert float(biases[5]) == pytest.approx(1.5, rel=1e-3)
