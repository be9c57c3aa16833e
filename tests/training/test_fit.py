"""From a folder of photos to a model that the service loads; needs the extra for training."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detector.serving.model import Model
from detector.tflite.runtime import LITERT
from training.__main__ import START, main
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


def test_makes_a_model_that_the_service_loads(fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One command leaves a model with its labels, default score and card, and pictures of how it went."""
    monkeypatch.setattr("training.report.ENOUGH_BOXES", 1)
    assert fit("cone") == 0
    model = Model.load(tmp_path / "cone.tflite", LITERT, interpreters=1)
    assert model.labels == ("cone",)
    assert model.file.sidecar.defaults.score_th is not None
    assert START.name in (tmp_path / "cone.md").read_text("utf-8")
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


def test_a_step_looks_at_nothing_outside_its_device() -> None:
    """All that a step reads lies where the network is: a GPU refuses the rest, and so do PyTorch's fake tensors."""
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    from training.assignment import Truth
    from training.backbone import mobilenet_v1
    from training.batch import Batch
    from training.loss import detection_loss
    from training.network import Detector

    device = torch.device("meta")  # any but the CPU: no memory is behind a fake tensor
    with FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True):
        with device:
            detector, at = Detector(mobilenet_v1(), 3, 64), torch.zeros(84, 3)
        truth = Truth(torch.zeros(2, 4, 4), torch.zeros(2, 4, dtype=torch.int64), torch.ones(2, 4, dtype=torch.bool))
        batch = Batch(torch.zeros(2, 3, 64, 64), truth).to(device)
        losses = detection_loss(*detector(batch.images), at, batch.truth)
    assert [loss.device for loss in losses] == [device, device]


def test_keeps_the_first_layers_of_what_it_starts_from(fit: Fit, tmp_path: Path) -> None:
    """The layers before the first stride are those that training starts from, the later ones learn."""
    from training.checkpoint import Checkpoint
    from training.fit import _detector
    from training.plan import Plan

    assert fit("cone") == 0
    known = _detector(Plan(1, size=64), ["cone"], START).state_dict()
    learnt = Checkpoint.load(tmp_path / "cone" / "checkpoint.pt").average
    kernels = [f"backbone.convolutions.{number}.weight" for number in range(51)]
    same = [torch.equal(known[name], learnt[name]) for name in kernels]
    assert same == [True] * 10 + [False] * 41


def test_what_was_learnt_is_a_start_for_other_labels(fit: Fit, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """A run with other labels takes all that a start has, which is all of a checkpoint but the last layer."""
    from training.checkpoint import LAST, Checkpoint
    from training.fit import _detector
    from training.plan import Plan

    assert fit("cone") == 0
    start = tmp_path / "start.pt"
    assert main(["start", str(tmp_path / "cone" / "checkpoint.pt"), "--out", str(start)]) == 0
    assert "MB" in capsys.readouterr().out
    learnt = Checkpoint.load(tmp_path / "cone" / "checkpoint.pt").average
    taken = _detector(Plan(1, size=64), ["cat", "dog"], start).state_dict()
    assert set(learnt) == set(taken)
    for name in set(learnt) - set(LAST):
        torch.testing.assert_close(taken[name], learnt[name], rtol=1e-3, atol=1e-4)
    assert taken["score.weight"].shape[0] == 2


def test_biases_of_vanished_kernels_outlast_quantisation(fit: Fit, tmp_path: Path) -> None:
    """A channel that gives the same whatever it sees gives it after quantisation, too."""
    from training.backbone import read_backbone
    from training.checkpoint import Checkpoint
    from training.dataset import read_dataset
    from training.export import export

    assert fit("cone") == 0
    checkpoint = Checkpoint.load(tmp_path / "cone" / "checkpoint.pt")
    checkpoint.average["backbone.convolutions.2.weight"][5] = 1e-12
    checkpoint.average["backbone.convolutions.2.bias"][5] = 1e3  # the loudest: it is not scaled
    export(checkpoint, read_dataset(tmp_path / "scenes", 64, "cone").train, tmp_path / "vanished.tflite")
    _, (_, _, (_, biases), *_) = read_backbone(tmp_path / "vanished.tflite")
    assert float(biases[5]) == pytest.approx(1e3, rel=1e-3)
