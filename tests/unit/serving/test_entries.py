"""detector/serving/entries.py: the model files of a folder, and entries that are not files."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.errors import UnusableModel
from detector.serving.entries import entries

ROOT = Path(__file__).parents[3]


def pipe(path: Path) -> None:
    """A named pipe, which blocks whoever opens it."""
    os.mkfifo(path)


def listening(path: Path) -> None:
    """A socket."""
    with socket.socket(socket.AF_UNIX) as unbound:
        unbound.bind(str(path))


def endless(path: Path) -> None:
    """A link to a device that never ends."""
    path.symlink_to("/dev/zero")


def dead(path: Path) -> None:
    """A link to nothing."""
    path.symlink_to("nowhere")


def empty(path: Path) -> None:
    """A file without bytes."""
    path.touch()


def made_up(path: Path) -> None:
    """A link to a file that the kernel makes up as it is read; some block their readers."""
    path.symlink_to("/proc/version")


def immense(path: Path) -> None:
    """A file of 10 GB, all of it a hole."""
    with path.open("wb") as file:
        file.truncate(10 << 30)


def too_long(path: Path) -> None:
    """A link to a name that is too long for any file."""
    path.symlink_to("x" * 300)


def loop(path: Path) -> None:
    """A link to itself."""
    path.symlink_to(path.name)


SPECIAL: dict[Callable[[Path], None], str] = {
    Path.mkdir: "is a folder and not a model",
    pipe: "is a pipe and not a file",
    listening: "is a socket and not a file",
    endless: "is a device and not a file",
    dead: "is a link to a file that is not there",
    loop: "cannot be read",
    empty: "is empty: get the file again",
    made_up: "is empty: get the file again",
    immense: "is larger than 1 GiB",
    too_long: "cannot be read",
}


@pytest.mark.parametrize("name", [b"\xff\xfe.tflite", b"a\nb.tflite", b"a\x1b[31m.tflite", "a\u202eb.tflite".encode()])
def test_names_that_callers_cannot_write(tmp_path: Path, name: bytes) -> None:
    """A file whose name is not text is refused; served, it would make every list of models fail."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    (entry,) = entries(tmp_path)
    with pytest.raises(UnusableModel, match="has a name that callers cannot write: rename it"):
        entry.check()


@pytest.mark.parametrize(("make", "sentence"), SPECIAL.items(), ids=[make.__name__ for make in SPECIAL])
def test_entries_that_are_not_files(tmp_path: Path, make: Callable[[Path], None], sentence: str) -> None:
    """An entry with a model's name that is not a file, or not one of a model's size, is reported, and never opened."""
    make(tmp_path / "m.tflite")
    (entry,) = entries(tmp_path)
    with pytest.raises(UnusableModel, match=rf"^m.tflite {sentence}"):
        entry.check()


def test_lists_models(tmp_path: Path) -> None:
    """Models are files and folders with a model.tflite, by name; hidden and unfinished files are skipped."""
    for name in ("b.tflite", "._b.tflite", ".hidden.tflite", "c.tflite.part", "b.txt", "a/model.tflite"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    assert [(entry.name, entry.title) for entry in entries(tmp_path)] == [("a", "a/model.tflite"), ("b", "b.tflite")]


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    """Of two models of one name, the file in the folder itself can be served, and the other is refused."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model.tflite").write_bytes(b"any")
    (tmp_path / "a.tflite").write_bytes(b"any")
    other, entry = entries(tmp_path)
    entry.check()
    with pytest.raises(UnusableModel, match=r"^a/model.tflite has the name of a.tflite: rename one of them"):
        other.check()


def test_an_unreadable_folder_is_named(tmp_path: Path) -> None:
    """A folder that the service's user may not list does not count as empty."""
    program = (
        "import os, pathlib; from detector.serving.entries import entries; os.geteuid() or os.setuid(65534); "
        f"entries(pathlib.Path({str(tmp_path)!r}))"
    )
    tmp_path.chmod(0o300)
    tried = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    tmp_path.chmod(0o700)
    assert f"UnusableModel: The folder {tmp_path} cannot be read: let the service's user read it." in tried.stderr
