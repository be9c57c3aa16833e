"""detector/serving/trial.py: model files are tried in a child process."""

import logging
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from detector.errors import UnusableModel
from detector.images import ImageLimits, decode
from detector.serving import trial as trials
from detector.serving.entries import Entry
from detector.serving.folder import ModelFolder
from detector.serving.model import Model
from detector.serving.trial import Trial
from detector.serving.trial_child import NOISE
from detector.tflite.runtime import LITERT, Runtime
from tests.support import hostile_graphs, hostile_models, killers


@pytest.fixture
def trial() -> Iterator[Trial]:
    """A trial with models on two threads, as the service has them."""
    with closing(Trial(Runtime(threads=2))) as trial:
        yield trial


def entry(path: Path) -> Entry:
    """A file as an entry of its folder."""
    return Entry(path.stem, path, path.name)


def refusal(trial: Trial, path: Path) -> str:
    """The sentence that refuses a file."""
    with pytest.raises(UnusableModel) as caught:
        trial.prepare(entry(path))
    return str(caught.value)


def test_returns_the_prepared_file(trial: Trial, copied: Path, photo: bytes) -> None:
    """A usable file, as the child prepared it, finds the same in a photo as if this process had loaded it."""
    image_rgb = decode(photo, ImageLimits())
    tried = Model(*trial.prepare(entry(copied)), LITERT).candidates(image_rgb, 0.3)
    loaded = Model.load(copied, LITERT).candidates(image_rgb, 0.3)
    assert len(tried) > 0
    assert tried.boxes_xyxy.tolist() == loaded.boxes_xyxy.tolist()


def test_beside_other_threads_nothing_is_printed(trial: Trial, copied: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The fresh interpreter that tries a file while other threads run Python prints no warning of its own start."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        trial.prepare(entry(copied))
    finally:
        done.set()
        other.join()
    assert "Warning" not in capfd.readouterr().err


@pytest.mark.parametrize("number", killers.KILLERS)
def test_a_file_that_ends_the_process_is_refused(trial: Trial, copied: Path, number: str) -> None:
    """A damaged file that crashes the runtime ends only the child, and is refused by name."""
    copied.write_bytes(killers.KILLERS[number](copied.read_bytes()))
    assert refusal(trial, copied).startswith(f"safetycone.tflite ends the process that runs it ({number}): ")


def test_the_next_file_is_tried_all_the_same(trial: Trial, copied: Path) -> None:
    """After a file that ended the child, a new child tries the others: usable ones serve, others are refused."""
    sound = copied.read_bytes()
    for make in killers.KILLERS.values():
        copied.write_bytes(make(sound))
        assert "ends the process" in refusal(trial, copied)
        copied.write_bytes(sound)
        file, _ = trial.prepare(entry(copied))
        assert file.content == sound


@pytest.mark.slow
def test_a_file_that_never_returns_is_refused(copied: Path) -> None:
    """A model that loops for ever is refused by name after its time is up, and its child is ended."""
    copied.write_bytes(killers.endless_loop(copied.read_bytes()))
    with closing(Trial(LITERT, seconds=3)) as trial:
        assert refusal(trial, copied).startswith("safetycone.tflite could not be tried within 3 s: ")


def paused_child(trial: Trial, copied: Path) -> int:
    """The trial's child, which has tried a file, and which the machine lets run no more."""
    before = children()
    trial.prepare(entry(copied))
    (child,) = children() - before
    os.kill(child, signal.SIGSTOP)
    return child


def children() -> set[int]:
    """The processes that this one has started; Linux lists them."""
    threads = Path(f"/proc/{os.getpid()}/task").iterdir()
    return {int(child) for thread in threads for child in (thread / "children").read_text().split()}


@pytest.mark.slow
def test_a_busy_machine_refuses_no_file(copied: Path) -> None:
    """A child that gets no CPU time for longer than a file may take still tries the file."""
    with closing(Trial(LITERT, seconds=2)) as trial:
        child = paused_child(trial, copied)
        threading.Timer(3, os.kill, (child, signal.SIGCONT)).start()
        assert trial.prepare(entry(copied))[0].name == "safetycone"


def test_a_file_that_waits_for_ever_is_refused(trial: Trial, copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that uses no CPU time, and never returns, is refused by name, too."""
    paused_child(trial, copied)
    monkeypatch.setattr(trials, "STALLED_SECONDS", 0.05)
    assert refusal(trial, copied).startswith("safetycone.tflite could not be tried within 60 s: ")


def test_a_file_that_needs_all_memory_is_refused(trial: Trial, copied: Path) -> None:
    """A model of 32 GiB is refused by name, and does not exhaust the machine's memory."""
    copied.write_bytes(killers.huge_fill(copied.read_bytes()))
    assert refusal(trial, copied).startswith("safetycone.tflite ")


@pytest.mark.slow
def test_hostile_files(trial: Trial, copied: Path) -> None:
    """A model is prepared or soon refused by name, however it, its labels or its sidecar are damaged."""
    sound = {suffix: copied.with_suffix(suffix).read_bytes() for suffix in (".tflite", ".txt", ".yml")}
    outcomes = []
    for name, files in hostile_models.variants(sound[".tflite"], sound[".txt"], seed=20):
        for suffix, content in {**sound, **files}.items():
            copied.with_suffix(suffix).write_bytes(content)
        try:
            outcomes.append((name, trial.prepare(entry(copied))[0].name))
        except UnusableModel as error:
            outcomes.append((name, str(error).partition(".")[0]))
    assert len(outcomes) > 200
    assert [each for each in outcomes if each[1] != "safetycone"] == []


@pytest.mark.slow
def test_hostile_graphs(copied: Path) -> None:
    """A whole file with a hostile graph is prepared or refused by name; one that is prepared serves on any photo."""
    outcomes = []
    with closing(Trial(Runtime(threads=2), seconds=10)) as trial:
        for name, content in hostile_graphs.variants(copied.read_bytes(), times=5, seed=20):
            copied.write_bytes(content)
            try:
                model = Model(*trial.prepare(entry(copied)), Runtime(threads=2))
                for alone in (False, True):
                    model.candidates(NOISE[:40], 0.0, alone=alone)
                outcomes.append((name, "safetycone"))
            except UnusableModel as error:
                outcomes.append((name, str(error).partition(".")[0]))
    assert len(outcomes) > 60
    assert [each for each in outcomes if each[1] != "safetycone"] == []


def test_killers_in_the_folder_are_skipped(copied: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The usable model of a folder serves beside two that would end the process; each of those has one log line."""
    sound = copied.read_bytes()
    for name, make in killers.KILLERS.items():
        shutil.copy(copied.with_suffix(".yml"), copied.with_name(f"{name}.yml"))
        shutil.copy(copied.with_suffix(".txt"), copied.with_name(f"{name}.txt"))
        copied.with_name(f"{name}.tflite").write_bytes(make(sound))
    with caplog.at_level(logging.ERROR):
        assert [model.name for model in ModelFolder(copied.parent, LITERT, skip_unusable=True).read()] == ["safetycone"]
    assert sorted(record.message.partition(" ends")[0] for record in caplog.records) == [
        "SKIPPED: SIGFPE.tflite",
        "SKIPPED: SIGSEGV.tflite",
    ]
    with pytest.raises(UnusableModel, match=r"^SIGFPE.tflite ends the process"):
        ModelFolder(copied.parent, LITERT).read()
