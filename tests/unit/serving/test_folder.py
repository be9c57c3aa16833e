"""detector/serving/folder.py."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.serving import folder as folders
from detector.serving.entries import Entry
from detector.serving.folder import ModelFolder
from detector.tflite.runtime import LITERT
from tests.support import made_models

ROOT = Path(__file__).parents[3]


def folder(path: Path, default: str = "", *, skip_unusable: bool = False) -> ModelFolder:
    """A folder whose models run one at a time."""
    return ModelFolder(path, LITERT, default, skip_unusable=skip_unusable)


def put(path: Path, content: bytes) -> None:
    """Writes a file and dates it a minute back, so that a refusal need not wait for its writing to end."""
    path.write_bytes(content)
    minute_ago = time.time() - 60
    os.utime(path, (minute_ago, minute_ago))


def names(models: ModelFolder) -> list[str]:
    """The names of the loaded models."""
    return [model.name for model in models.read()]


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with two small models, english and german, for tests that change it."""
    folder = tmp_path / "two"
    folder.mkdir()
    for name, label in {"english": "cone", "german": "Leitkegel"}.items():
        put(folder / f"{name}.tflite", made_models.make(np.zeros((1, 5, 84))))
        put(folder / f"{name}.yml", b"family: yolov8")
        put(folder / f"{name}.txt", label.encode())
    return folder


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        pytest.param("", ["english", "german"], id="by name"),
        pytest.param("english", ["english", "german"], id="the first as default"),
        pytest.param("german", ["german", "english"], id="another default comes first"),
    ],
)
def test_reads(two_models: Path, default: str, expected: list[str]) -> None:
    """Every .tflite file is loaded, the default first and the others by name; other files are left alone."""
    assert names(folder(two_models, default)) == expected


@pytest.mark.parametrize(
    ("name", "default", "sentence"),
    [
        pytest.param("nowhere", "", "There is no folder .*nowhere: create it", id="no folder"),
        pytest.param("empty", "", "There is no model in .*: put a .tflite file and its labels there", id="no model"),
        pytest.param("two", "french", "There is no french.tflite in .*choose another default", id="no default"),
    ],
)
def test_refuses(two: Path, name: str, default: str, sentence: str) -> None:
    """A folder without the wanted models is named, with what to put there; skipping files does not help."""
    (two.parent / "empty").mkdir()
    (two.parent / "empty" / "notes.txt").touch()
    for skip_unusable in (False, True):
        with pytest.raises(UnusableModel, match=sentence):
            folder(two.parent / name, default, skip_unusable=skip_unusable).read()


def test_a_folder_without_models_is_described(two: Path) -> None:
    """In a folder without models, files that may be meant as such are named, with what to do."""
    for file in two.iterdir():
        file.unlink()
    (two / "coco").mkdir()
    (two / "coco" / "detect.tflite").touch()
    with pytest.raises(
        UnusableModel, match=r"There is no model in .* coco is a folder with detect.tflite in it: rename"
    ):
        folder(two).read()


def test_an_unusable_model_stops(two: Path) -> None:
    """An unusable model beside a usable one is refused by name."""
    put(two / "broken.tflite", b"no model")
    with pytest.raises(UnusableModel, match=r"^broken.tflite is a text and not a model"):
        folder(two).read()


def test_all_unusable_models_are_named(two: Path) -> None:
    """Every unusable model is named at once, each with its reason."""
    put(two / "broken.tflite", b"no model")
    (two / "german.txt").unlink()
    with pytest.raises(UnusableModel) as refused:
        folder(two).read()
    assert str(refused.value).startswith("broken.tflite is a text and not a model")
    assert " german.tflite has 1 class and no labels: write them into german.txt" in str(refused.value)


def test_an_unusable_model_is_skipped(two: Path, caplog: pytest.LogCaptureFixture) -> None:
    """On request, an unusable model is left out, and an error in the log says which and why."""
    put(two / "broken.tflite", b"no model")
    assert names(folder(two, skip_unusable=True)) == ["english", "german"]
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.message.startswith("SKIPPED: broken.tflite is a text and not a model")


def test_the_default_is_not_skipped(two: Path) -> None:
    """A missing default model stops the start: requests would silently go to another."""
    put(two / "german.tflite", b"no model")
    assert names(folder(two, skip_unusable=True)) == ["english"]
    with pytest.raises(UnusableModel, match=r"^german.tflite is a text"):
        folder(two, "german", skip_unusable=True).read()


def test_skipping_all_is_refused(tmp_path: Path) -> None:
    """A folder with only unusable models cannot be served."""
    put(tmp_path / "broken.tflite", b"no model")
    with pytest.raises(UnusableModel, match=r"no file in .* that can serve"):
        folder(tmp_path, skip_unusable=True).read()


def test_an_unchanged_model_is_kept(two: Path) -> None:
    """Another reading loads changed models, and keeps unchanged ones with their interpreters."""
    models = folder(two)
    before = models.read()
    (two / "german.txt").write_text("Hut", "utf-8")
    after = models.read()
    assert after.get("english") is before.get("english")
    assert after.get("german") is not before.get("german")
    assert after.get("german").labels == ("Hut",)


def remove(two: Path) -> None:
    """Removes a model."""
    (two / "german.tflite").unlink()


def add(two: Path) -> None:
    """Adds a model."""
    for file in two.glob("english.*"):
        shutil.copy(file, file.with_stem("french"))


def relabel(two: Path) -> None:
    """Changes a label file."""
    (two / "german.txt").write_text("Hütchen", "utf-8")


def unlabel(two: Path) -> None:
    """Removes a label file."""
    (two / "german.txt").unlink()


def replace_sidecar(two: Path) -> None:
    """Replaces a sidecar by another of the same age and length."""
    sidecar = two / "german.yml"
    other = two / "other"
    shutil.copy2(sidecar, other)
    other.replace(sidecar)
    assert other.exists() is False


def test_changes_are_seen(two: Path) -> None:
    """Adding, removing and replacing models, labels and sidecars is a change until the folder is read again."""
    models = folder(two)
    models.read()
    for change in (relabel, replace_sidecar, unlabel, remove, add):
        assert not models.has_changed(settled=False)
        change(two)
        assert models.has_changed(settled=False), change
        models.read(again=True)
        assert not models.has_changed(settled=False), change
    assert names(models) == ["english", "french"]


def test_waits_for_writing_to_end(two: Path) -> None:
    """A file that grows between two looks is not read yet; one that has stayed the same is."""
    models = folder(two)
    models.read()
    content = (two / "german.tflite").read_bytes()
    with (two / "french.tflite").open("wb", buffering=0) as file:
        for part in (content[:600], content[600:1200], content[1200:]):
            file.write(part)
            assert not models.has_changed(settled=True)
    assert models.has_changed(settled=True)


def test_a_file_that_is_always_written_delays_no_other(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that grows at every look is not read; another model that is added meanwhile is."""
    models = folder(two)
    models.read()
    add(two)
    logged = two / "log.tflite"
    for _ in range(2):
        with logged.open("ab") as file:
            file.write(b"a line")
        changed = models.has_changed(settled=True)
    assert changed, "the model that was added"
    monkeypatch.setattr(Entry, "check", lambda entry: pytest.fail("It is read.") if entry.path == logged else None)
    assert [model.name for model in models.read(again=True)] == ["english", "french", "german"]
    with logged.open("ab") as file:
        file.write(b"a line")
    assert not models.has_changed(settled=True)


def test_the_start_does_not_wait_for_ever(
    two: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that never stops growing is refused by name after a while."""
    monkeypatch.setattr(folders, "MAX_WRITING_SECONDS", 1.0)
    logged, stop = two / "log.tflite", threading.Event()
    logged.write_text("a line", "utf-8")

    def write() -> None:
        while not stop.wait(0.1):
            with logged.open("ab") as file:
                file.write(b"a line")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert names(folder(two, skip_unusable=True)) == ["english", "german"]
    finally:
        stop.set()
        writer.join()
    assert caplog.records[-1].message.startswith("SKIPPED: log.tflite ")


def links_to_too_long_a_name(path: Path) -> None:
    """A link whose target no file system can have."""
    path.symlink_to("x" * 300)


def links_to_itself(path: Path) -> None:
    """A link that ends nowhere."""
    path.symlink_to(path.name)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, links_to_too_long_a_name, links_to_itself])
@pytest.mark.parametrize("name", ["french.txt", "french.yml", "labels.txt"])
def test_what_lies_beside_hinders_no_other(two: Path, make: Callable[[Path], None], name: str) -> None:
    """Whatever has the name of a label file or a sidecar, without being a file, counts as absent."""
    make(two / name)
    assert names(folder(two)) == ["english", "german"]


def test_what_may_not_be_read_counts(two: Path) -> None:
    """A label file that leads where the service's user may not look is not absent, so that its model is refused."""
    program = (
        "import os, pathlib, sys; from detector.files import Beside; os.chdir(sys.argv[1]); "
        "os.geteuid() or os.seteuid(65534); print(Beside(pathlib.Path()).own_labels('german'))"
    )
    private = two / "private"
    private.mkdir()
    (two / "german.txt").rename(private / "german.txt")
    (two / "german.txt").symlink_to("private/german.txt")
    two.chmod(0o755)
    private.chmod(0)
    tried = subprocess.run(
        [sys.executable, "-c", program, str(two)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    private.chmod(0o700)
    assert tried.stdout == "german.txt\n", tried.stderr


def test_a_name_twice_hinders_no_other(two: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A folder with the name of a model that is served is skipped, until it is renamed."""
    models = folder(two)
    german = models.read().get("german")
    (two / "german").mkdir()
    for suffix in (".tflite", ".yml", ".txt"):
        shutil.copy(two / f"german{suffix}", two / "german" / f"model{suffix}")
    assert models.has_changed(settled=False)
    served = models.read(again=True)
    assert [model.name for model in served] == ["english", "german"]
    assert served.get("german") is german
    assert caplog.messages == ["SKIPPED: german/model.tflite has the name of german.tflite: rename one of them."]
    (two / "german").rename(two / "french")
    assert [model.name for model in models.read(again=True)] == ["english", "french", "german"]


def test_other_files_are_not_watched(two: Path) -> None:
    """Files that belong to no model are not watched."""
    models = folder(two)
    models.read()
    (two / "README.md").write_text("about", "utf-8")
    os.utime(two)
    assert not models.has_changed(settled=False)


def test_a_look_lists_the_folder_once(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at a folder of thousands of files lists it twice, for models and for what describes them, not for each."""
    for number in range(2000):
        (two / f"m{number}.tflite").touch()
    listed = []
    iterdir = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda path: listed.append(path) or iterdir(path))
    assert folder(two).has_changed(settled=False)
    assert listed == [two, two]


def test_reading_again_skips(two: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In another reading, an unusable file blocks no other: a new one is skipped, a changed one keeps its old model.

    Each is named in the log once, not at every reading, and counted until its file is mended or gone.
    """
    models = folder(two)
    german = models.read().get("german")
    add(two)
    put(two / "broken.tflite", b"no model")
    put(two / "german.tflite", b"no model")
    for _ in range(2):
        served = models.read(again=True)
        assert [model.name for model in served] == ["english", "french", "german"]
        assert served.get("german") is german
    first, second = (record.message for record in caplog.records)
    assert first.startswith("SKIPPED: broken.tflite is a text")
    assert second.startswith("SKIPPED, and served as it was: german.tflite is a text")
    assert models.skipped == 2
    (two / "broken.tflite").unlink()
    models.read(again=True)
    assert models.skipped == 1
    put(two / "german.tflite", (two / "english.tflite").read_bytes())
    models.read(again=True)
    assert models.skipped == 0


def test_a_folder_of_its_own(two: Path) -> None:
    """NAME/model.tflite is served as NAME, and changes there are noticed."""
    own = two / "own"
    own.mkdir()
    for suffix in (".tflite", ".yml", ".txt"):
        (two / f"german{suffix}").rename(own / f"model{suffix}")
    models = folder(two)
    assert names(models) == ["english", "own"]
    assert not models.has_changed(settled=False)
    (own / "model.txt").write_text("Hut", "utf-8")
    assert models.has_changed(settled=False)
    assert models.read(again=True).get("own").labels == ("Hut",)
    assert names(folder(two, "own")) == ["own", "english"]
    put(own / "model.tflite", b"no model")
    with pytest.raises(UnusableModel, match=r"^own/model.tflite is a text"):
        folder(two).read()


def test_a_pipe_blocks_nothing(two: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A pipe in the folder blocks nothing: it is skipped, and others are added."""
    models = folder(two)
    models.read()
    os.mkfifo(two / "fifo.tflite")
    add(two)
    assert models.has_changed(settled=False)
    assert [model.name for model in models.read(again=True)] == ["english", "french", "german"]
    assert [record.message.partition(":")[0] for record in caplog.records] == ["SKIPPED"]


def test_the_start_waits_for_a_file_that_is_being_written(two: Path) -> None:
    """A file that grows while the service starts is read once it is complete."""
    whole = (two / "german.tflite").read_bytes()

    def write() -> None:
        with (two / "german.tflite").open("wb", buffering=0) as file:
            for start in range(0, len(whole), len(whole) // 10):
                file.write(whole[start : start + len(whole) // 10])
                time.sleep(0.1)

    (two / "german.tflite").write_bytes(b"")
    writer = threading.Thread(target=write)
    writer.start()
    assert names(folder(two)) == ["english", "german"]
    writer.join()
