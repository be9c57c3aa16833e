"""From a folder of photos to a model that the service loads; needs the extra for training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from detector import Model, Runtime
from training.__main__ import main
from training.scenes import write_scenes

torch = pytest.importorskip("torch", reason="the extra for training is not installed")

STEPS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a few drawn scenes, a model trained on them and its work folder, cone/."""
    folder = tmp_path_factory.mktemp("training")
    write_scenes(folder / "scenes", 1, 6)
    arguments = ["--out", str(folder / "cone.tflite"), "--work", str(folder / "cone")]
    small = ["--steps", str(STEPS), "--batch", "2", "--size", "64"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.learning.loop.STEPS_PER_EPOCH", 1)
        patch.setattr("training.measuring.report.MIN_BOXES", 1)
        assert main(["fit", str(folder / "scenes"), *arguments, *small]) == 0
    return folder


def test_makes_a_model_that_the_service_loads(folder: Path) -> None:
    """One command writes a model with its labels, default score and card, and pictures of the run."""
    model = Model.load(folder / "cone.tflite", Runtime())
    assert model.labels == ("cone",)
    assert model.file.sidecar.defaults.score_th is not None
    assert "start.pt" in (folder / "cone.md").read_text("utf-8")
    assert {file.name for file in (folder / "cone").iterdir()} >= {"checkpoint.pt", "curve.png", "examples.jpg"}


def test_resumes_where_it_was_stopped(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is stopped and started again ends with the same network as one that ran through."""
    from training.data import Reading, read_dataset
    from training.learning import BUNDLED, Checkpoint, Plan, fit, loop

    take_step, taken = loop.take_step, []

    def interrupted(*arguments: Any) -> tuple[float, float]:
        taken.append(arguments)
        if len(taken) == STEPS:
            raise KeyboardInterrupt
        return take_step(*arguments)

    monkeypatch.setattr("training.learning.loop.STEPS_PER_EPOCH", 1)
    monkeypatch.setattr(loop, "take_step", interrupted)
    whole = Checkpoint.load(folder / "cone" / "checkpoint.pt")
    dataset = read_dataset(folder / "scenes", Reading(single_name="cone"))
    with pytest.raises(KeyboardInterrupt):
        fit(Plan(**whole.plan), dataset, BUNDLED, tmp_path)
    stopped = fit(Plan(**whole.plan), dataset, BUNDLED, tmp_path)
    assert len(taken) == STEPS + 1
    for name, value in whole.average.items():
        torch.testing.assert_close(stopped.average[name], value)
    with pytest.raises(ValueError, match="belongs to another plan"):
        fit(replace(Plan(**whole.plan), seed=1), dataset, BUNDLED, tmp_path)


def test_a_step_reads_only_tensors_on_its_device() -> None:
    """All tensors of a step are on the network's device: a GPU refuses others, and so do PyTorch's fake tensors."""
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    from training.learning.batch import Batch
    from training.network import Network, Truth, detection_loss, mobilenet_v1

    device = torch.device("meta")  # any but the CPU: a fake tensor has no memory
    with FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True):
        with device:
            network, points = Network(mobilenet_v1(), 3, 64), torch.zeros(84, 3)
        truth = Truth(
            torch.zeros(2, 4, 4), torch.zeros(2, 4, dtype=torch.int64), *torch.ones(2, 2, 4, dtype=torch.bool)
        )
        batch = Batch(torch.zeros(2, 3, 64, 64), truth).to(device)
        logits, distances = network(batch.images)
        losses = detection_loss(logits, distances, points, batch.truth)
    assert [loss.device for loss in losses] == [device, device]


def test_keeps_the_first_layers_of_its_start(folder: Path) -> None:
    """The layers before the first stride stay those of the start, the later ones learn."""
    from training.learning import BUNDLED, Checkpoint, Plan, initial_network

    known = initial_network(Plan(1, size=64), ["cone"], BUNDLED).state_dict()
    learnt = Checkpoint.load(folder / "cone" / "checkpoint.pt").average
    kernels = [f"backbone.convolutions.{number}.weight" for number in range(51)]
    same = [torch.equal(known[name], learnt[name]) for name in kernels]
    assert same == [True] * 10 + [False] * 41


def test_a_checkpoint_becomes_a_start_for_other_labels(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run with other labels takes everything from a start, which has all of a checkpoint but the last layer."""
    from training.learning import Checkpoint, Plan, initial_network
    from training.network import LABEL_LAYER

    start = tmp_path / "start.pt"
    assert main(["start", str(folder / "cone" / "checkpoint.pt"), "--out", str(start)]) == 0
    assert "MB" in capsys.readouterr().out
    learnt = Checkpoint.load(folder / "cone" / "checkpoint.pt").average
    taken = initial_network(Plan(1, size=64), ["cat", "dog"], start).state_dict()
    assert set(learnt) == set(taken)
    for name in set(learnt) - set(LABEL_LAYER):
        torch.testing.assert_close(taken[name], learnt[name], rtol=1e-3, atol=1e-4)
    assert taken["score.weight"].shape[0] == 2


def test_biases_of_vanished_kernels_survive_quantisation(folder: Path, tmp_path: Path) -> None:
    """A channel with a constant output keeps it when it is quantised."""
    from training.data import Reading, read_dataset
    from training.learning import Checkpoint, export
    from training.network import read_backbone

    checkpoint = Checkpoint.load(folder / "cone" / "checkpoint.pt")
    checkpoint.average["backbone.convolutions.2.weight"][5] = 1e-12
    checkpoint.average["backbone.convolutions.2.bias"][5] = 1e3  # the largest: it is not scaled
    export(checkpoint, read_dataset(folder / "scenes", Reading(64, "cone")).train, tmp_path / "vanished.tflite")
    _, (_, _, (_, biases), *_) = read_backbone(tmp_path / "vanished.tflite")
    assert float(biases[5]) == pytest.approx(1e3, rel=1e-3)
