"""From a folder of photos to a model that the service loads; needs the extra for training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
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
    """One command writes a model with labels, default score and card, and pictures of the run."""
    model = Model.load(folder / "cone.tflite", Runtime())
    assert model.labels == ("cone",)
    assert model.file.sidecar.defaults.score_th is not None
    assert "start.pt" in (folder / "cone.md").read_text("utf-8")
    assert {file.name for file in (folder / "cone").iterdir()} >= {"checkpoint.pt", "curve.png", "examples.jpg"}


def test_resumes(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is stopped and resumed ends with the same network as one without a stop."""
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


def test_minutes_decide_the_steps(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run with a time limit has as many steps as fit, and keeps them when it resumes."""
    from training.data import Reading, read_dataset
    from training.learning import BUNDLED, Plan, fit

    monkeypatch.setattr("training.learning.loop._seconds_per_step", lambda *_: 30.0)
    monkeypatch.setattr("training.learning.plan.MIN_STEPS", 1)
    dataset = read_dataset(folder / "scenes", Reading())
    plan = Plan(steps=0, minutes=2, batch=2, size=64)
    done = fit(plan, dataset, BUNDLED, tmp_path)
    assert done.step == done.plan["steps"] == 2  # 120 s, less what measuring and exporting take
    assert fit(plan, dataset, BUNDLED, tmp_path).step == 2


def test_the_time_of_a_step_is_measured(folder: Path) -> None:
    """It is measured on a copy: the network is unchanged."""
    from training.data import Augmentation, Reading, read_dataset
    from training.learning import BUNDLED, Plan, initial_network
    from training.learning.loop import Trainer, _seconds_per_step

    plan = Plan(steps=1, batch=2, size=64)
    trainer = Trainer(plan, initial_network(plan, ["cone"], BUNDLED), freeze=True)
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    dataset = read_dataset(folder / "scenes", Reading())
    assert _seconds_per_step(trainer, Augmentation(dataset.train, [], 64)) > 0
    for name, value in trainer.network.state_dict().items():
        torch.testing.assert_close(value, before[name])


def test_small_objects_and_time_decide_the_size() -> None:
    """Small boxes get a larger input, unless the run is short."""
    from training.learning import size_for

    large, small, tiny = np.full(8, 0.3), np.full(8, 0.055), np.full(8, 0.02)
    assert [size_for(sides, None) for sides in (large, small, tiny)] == [256, 320, 384]
    assert [size_for(sides, 5) for sides in (large, small, tiny)] == [256, 256, 256]


def test_a_step_reads_only_tensors_on_its_device() -> None:
    """All tensors of a step are on the network's device: a GPU refuses others, and so do PyTorch's fake tensors."""
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    from training.learning.batch import Batch
    from training.network import Network, Truth, detection_loss, mobilenet_v1, normalised

    device = torch.device("meta")  # any but the CPU: a fake tensor has no memory
    with FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True):
        with device:
            network, points = Network(mobilenet_v1(), 3, 64), torch.zeros(84, 3)
        truth = Truth(
            torch.zeros(2, 4, 4), torch.zeros(2, 4, dtype=torch.int64), *torch.ones(2, 2, 4, dtype=torch.bool)
        )
        batch = Batch(torch.zeros(2, 64, 64, 3, dtype=torch.uint8), truth).to(device)
        logits, distances = network(normalised(batch.images))
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
    """A run with other labels starts from everything in a checkpoint except its last layer."""
    from training.learning import Checkpoint, Plan, initial_network
    from training.network import LABEL_LAYER

    start = tmp_path / "start.pt"
    assert main(["start", str(folder / "cone" / "checkpoint.pt"), "--out", str(start)]) == 0
    assert "MB" in capsys.readouterr().out
    learnt = Checkpoint.load(folder / "cone" / "checkpoint.pt").average
    taken = initial_network(Plan(1, size=64), ["CONE", "dog"], start).state_dict()
    assert set(learnt) == set(taken)
    for name in set(learnt) - set(LABEL_LAYER):
        torch.testing.assert_close(taken[name], learnt[name], rtol=1e-3, atol=1e-4)
    row, other = taken["score.weight"]
    learnt = Checkpoint.load(start).average["score.weight"].float()
    torch.testing.assert_close(row, learnt[0])  # the known label, in another case
    torch.testing.assert_close(other, learnt.mean(0))


def test_biases_of_vanished_kernels_survive_quantisation(folder: Path, tmp_path: Path) -> None:
    """A channel with a constant output keeps it after quantisation."""
    from training.data import Reading, read_dataset
    from training.learning import Checkpoint, export
    from training.network import read_backbone

    checkpoint = Checkpoint.load(folder / "cone" / "checkpoint.pt")
    checkpoint.average["backbone.convolutions.2.weight"][5] = 1e-12
    checkpoint.average["backbone.convolutions.2.bias"][5] = 1e3  # the largest: it is not scaled
    export(checkpoint, read_dataset(folder / "scenes", Reading(64, "cone")).train, tmp_path / "vanished.tflite")
    _, (_, _, (_, biases), *_) = read_backbone(tmp_path / "vanished.tflite")
    assert float(biases[5]) == pytest.approx(1e3, rel=1e-3)
