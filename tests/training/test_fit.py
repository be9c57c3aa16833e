"""From a folder of photos to a model that the service loads; needs the extra for training."""

import subprocess
import sys
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
# Makes three batches in a thread and in processes; prints how many there are, and whether they are the same.
BATCHES = """
import sys
from pathlib import Path
from training.data import Augmentation, Reading, read_dataset
from training.learning import Plan
from training.learning.batch import batches

augmentation = Augmentation(read_dataset(Path(sys.argv[1]), Reading()).train, [], 64)
ones, others = (list(batches(augmentation, Plan(steps=4, batch=2, size=64), 1, workers)) for workers in (0, 2))
print(len(ones), len(others))
print(all(one.images.equal(other.images) for one, other in zip(ones, others)))
print(all(one.truth.boxes_xyxy.equal(other.truth.boxes_xyxy) for one, other in zip(ones, others)))
"""


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
    from training.network import Network, Truth, detection_loss, mobilenet_v1, normalise

    device = torch.device("meta")  # any but the CPU: a fake tensor has no memory
    with FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True):
        with device:
            network, points = Network(mobilenet_v1(), 3, 64), torch.zeros(84, 3)
        truth = Truth(
            torch.zeros(2, 4, 4), torch.zeros(2, 4, dtype=torch.int64), *torch.ones(2, 2, 4, dtype=torch.bool)
        )
        batch = Batch(torch.zeros(2, 64, 64, 3, dtype=torch.uint8), truth).to(device)
        logits, distances = network(normalise(batch.images))
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
    assert not torch.allclose(other, learnt.mean(0))
    assert float(taken["score.bias"][1]) == pytest.approx(-np.log(99))  # as any label that nothing is known of


def test_a_start_may_know_some_labels_only(tmp_path: Path) -> None:
    """A start keeps what was learnt of the named labels; others, of which too little was seen, begin afresh."""
    from training.learning import BUNDLED, Checkpoint, knows

    checkpoint = Checkpoint.load(BUNDLED)
    checkpoint.start(["dog", "person"]).save(tmp_path / "some.pt")
    some = Checkpoint.load(tmp_path / "some.pt")
    assert some.names == ["dog", "person"]
    rows = [checkpoint.names.index(name) for name in some.names]
    torch.testing.assert_close(some.average["score.weight"], checkpoint.average["score.weight"][rows])
    assert some.averaged().settings["classes"] == 2
    assert [knows(tmp_path / "some.pt", names) for names in (["Dog"], ["dog", "cat"])] == [True, False]
    with pytest.raises(ValueError, match="does not know zebra"):
        checkpoint.start(["zebra"])


@pytest.mark.parametrize(
    ("labels", "options", "rate"),
    [
        pytest.param(["person"], [], 3e-4, id="known labels are refined gently"),
        pytest.param(["person", "cone"], [], 1.5e-3, id="a new label is learnt"),
        pytest.param(["person"], ["--scratch"], 1.5e-3, id="random weights know nothing"),
        pytest.param(["person"], ["--rate", "0.01"], 0.01, id="the option decides"),
    ],
)
def test_labels_decide_the_rate(tmp_path: Path, labels: list[str], options: list[str], rate: float) -> None:
    """The learning rate is lower where the start knows all labels."""
    import argparse

    from training.commands import fit
    from training.data import Dataset, Photo
    from training.learning import BUNDLED

    parser = argparse.ArgumentParser()
    fit.add_to(parser.add_subparsers())
    arguments = parser.parse_args(["fit", str(tmp_path), "--out", "x.tflite", *options])
    box = np.array([[0, 0, 50, 50]], np.float32)
    photo = Photo("x.jpg", np.zeros((100, 100, 3), np.uint8), box, np.zeros(1, np.int64))
    dataset = Dataset(labels, [photo], [photo])
    start = None if arguments.scratch else BUNDLED
    assert fit._plan(arguments, dataset, start).rate == rate


def test_processes_make_the_same_batches(folder: Path) -> None:
    """A GPU's batches, which processes make, are those that a thread makes for a CPU."""
    # In an interpreter of its own: processes are forked, and the converter's threads in this one forbid that.
    run = [sys.executable, "-c", BATCHES, str(folder / "scenes")]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, check=False)  # our own code
    assert (done.returncode, done.stdout.split()) == (0, ["3", "3", "True", "True"]), done.stderr


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
