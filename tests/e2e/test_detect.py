"""scripts/detect processes every photo once, whatever happens on the way."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.detect import PATIENCE, detect, links, rows, start
from tests.support.server import Server
from tests.support.tools import ROOT, script

FORMATS = [".jsonl", ".parquet"]
MANY = 300  # photos, enough to be interrupted
ODD = [b"two words.jpg", b"new\nline.jpg", "Küche 🚧.jpg".encode(), b"\xff\xfe.jpg", b"'quoted\".jpg", b"-o.jpg"]


@pytest.fixture
def photos(tmp_path: Path, photo: bytes) -> Path:
    """A folder with four photos, two of them in another folder and one a link."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for name in ("a.jpg", "more/b.jpg"):
        (folder / name).write_bytes(photo)
    (folder / "c.jpg").symlink_to("a.jpg")
    (folder / "more/d.JPEG").symlink_to("../a.jpg")
    return folder


@pytest.fixture(scope="module")
def many(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with many photos."""
    return links(tmp_path_factory.mktemp("many") / "photos", bundled / "example.jpg", MANY)


@pytest.fixture(scope="module")
def uninterrupted(many: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that an uninterrupted run writes for these."""
    out = tmp_path_factory.mktemp("uninterrupted") / "results.jsonl"
    assert detect(many, "--out", out, folder=many).returncode == 0
    return out


@pytest.mark.parametrize("suffix", FORMATS)
def test_same_as_the_service(server: Server, photos: Path, photo: bytes, suffix: str) -> None:
    """Each photo has a row, in order, with the service's response for it."""
    out = photos / f"results{suffix}"  # in the folder itself
    done = detect("photos", "--out", f"photos/results{suffix}", "--score_th", "0.5", "--explain", folder=photos.parent)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "Processed 4 photos, found 16 objects.")
    query = {"score_th": "0.5", "explain": "true"}
    answer = requests.post(f"{server.url}/predict/image", photo, params=query, timeout=PATIENCE).json()
    names = ["a.jpg", "c.jpg", "more/b.jpg", "more/d.JPEG"]
    found = rows(out)
    assert [row.pop("photo") for row in found] == [f"{photos}/{name}" for name in names]
    assert found == [answer] * 4
    assert sorted(path.name for path in photos.iterdir()) == ["a.jpg", "c.jpg", "more", f"results{suffix}"]


def test_quiet(photos: Path) -> None:
    """With --quiet, a run without mistakes says one line, its summary; the runtime adds none."""
    done = detect("photos", "--out", "r.jsonl", "--quiet", folder=photos.parent)
    assert done.stderr == "Processed 4 photos, found 16 objects.\n"


@pytest.mark.parametrize("streams", ["2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_streams_do_not_matter(photos: Path, tmp_path: Path, streams: str) -> None:
    """If the standard streams are closed, or full, the run ends as ever: rows for all photos, and exit status 0."""
    program = f"{sys.executable} -W ignore -m offline {photos} --out {tmp_path}/rows.jsonl {streams}"
    done = subprocess.run(["/bin/sh", "-c", program], check=False, cwd=ROOT, timeout=PATIENCE)
    assert done.returncode == 0
    assert [row for row in rows(tmp_path / "rows.jsonl") if "error" in row] == []


def test_bad_photos(photos: Path) -> None:
    """Unusable photos are listed, each with the reason, and the others have their rows."""
    (photos / "broken.jpg").write_bytes(b"no photo")
    (photos / "empty.jpg").touch()
    (photos / "gone.jpg").symlink_to("nowhere")
    (photos / "large.jpg").write_bytes(b"x" * 2_000_000)
    os.mkfifo(photos / "pipe.jpg")
    done = detect("photos", "--out", "r.jsonl", folder=photos.parent, DETECTOR_MAX_BODY_BYTES="1000000")
    assert done.returncode == 1
    errors = {
        Path(row["photo"]).name: row["error"]["code"] for row in rows(photos.parent / "r.jsonl") if "error" in row
    }
    assert errors == {
        "broken.jpg": "unreadable-image",
        "empty.jpg": "unreadable-image",
        "gone.jpg": "unreadable-file",
        "large.jpg": "body-too-large",
        "pipe.jpg": "unreadable-file",
    }
    assert "found 16 objects." in done.stderr
    assert "5 failed:" in done.stderr
    assert all(f"photos/{name}': " in done.stderr for name in errors)


def test_odd_names(tmp_path: Path, photo: bytes) -> None:
    """Each photo has a row, whatever its name consists of, and a second run finds nothing to do."""
    folder = tmp_path / "odd"
    folder.mkdir()
    for name in ODD:
        (folder / os.fsdecode(name)).write_bytes(photo)
    assert detect("odd", "--out", "r.jsonl", folder=tmp_path).returncode == 0
    assert len(rows(tmp_path / "r.jsonl")) == len(ODD)
    again = detect("odd", "--out", "r.jsonl", folder=tmp_path)
    assert "Processed 0 photos, found 0 objects. 6 had a row already." in again.stderr


def test_grown_folder_and_retry(photos: Path, photo: bytes) -> None:
    """A second run processes only new photos; with --retry, also those that failed."""
    (photos / "z.jpg").write_bytes(b"not yet a photo")
    assert detect("photos", "--out", "r.parquet", folder=photos.parent).returncode == 1
    (photos / "z.jpg").write_bytes(photo)
    (photos / "more/0.jpg").write_bytes(photo)
    grown = detect("photos", "--out", "r.parquet", folder=photos.parent)
    assert (grown.returncode, "Processed 1 photo, found 4 objects. 5 had a row already." in grown.stderr) == (1, True)
    retried = detect("photos", "--out", "r.parquet", "--retry", folder=photos.parent)
    assert (retried.returncode, "Processed 1 photo, found 4 objects." in retried.stderr) == (0, True)
    assert len({row["photo"] for row in rows(photos.parent / "r.parquet")}) == 6


@pytest.mark.parametrize("suffix", FORMATS)
def test_kill(many: Path, uninterrupted: Path, tmp_path: Path, suffix: str) -> None:
    """A killed run resumes: no photo is lost, none has two rows, and no process is left."""
    out = tmp_path / f"results{suffix}"
    growing = out if suffix == ".jsonl" else out.with_name(f"{out.name}.unfinished.jsonl")
    for share in (0.1, 0.4):
        running = start(many, "--out", out, folder=tmp_path)
        until_grown(running, growing, int(share * uninterrupted.stat().st_size))
        workers = descendants(running.pid)
        running.kill()
        running.communicate()
        until_gone(workers)
    assert detect(many, "--out", out, folder=tmp_path).returncode == 0
    assert rows(out) == rows(uninterrupted)
    if suffix == ".jsonl":
        assert out.read_bytes() == uninterrupted.read_bytes()


def test_killed_workers(many: Path, uninterrupted: Path, tmp_path: Path) -> None:
    """Killed workers are replaced, and so is the process that starts them; the results are the same."""
    out = tmp_path / "results.jsonl"
    running = start(many, "--out", out, folder=tmp_path)
    for share in (0.05, 0.2, 0.4, 0.6):
        until_grown(running, out, int(share * uninterrupted.stat().st_size))
        os.kill(max(descendants(running.pid)), signal.SIGKILL)
    _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, said
    assert out.read_bytes() == uninterrupted.read_bytes()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_interrupted(many: Path, uninterrupted: Path, tmp_path: Path, number: signal.Signals) -> None:
    """An interrupted run ends at once, says how to resume, and can."""
    out = tmp_path / "results.jsonl"
    running = start(many, "--out", out, folder=tmp_path)
    until_grown(running, out, uninterrupted.stat().st_size // 10)
    running.send_signal(number)
    _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 128 + number
    assert "Run the same command again to go on." in said
    assert "Traceback" not in said
    assert 0 < len(rows(out)) < MANY
    assert detect(many, "--out", out, folder=tmp_path).returncode == 0
    assert out.read_bytes() == uninterrupted.read_bytes()


def test_one_run_at_a_time(many: Path, tmp_path: Path) -> None:
    """A second run into the same file is refused, and the first one continues."""
    out = tmp_path / "results.jsonl"
    running = start(many, "--out", out, folder=tmp_path)
    until_grown(running, out, 2000)
    running.send_signal(signal.SIGSTOP)  # else it may end before the second one has started
    try:
        second = detect(many, "--out", out, folder=tmp_path)
    finally:
        running.send_signal(signal.SIGCONT)
    assert (second.returncode, "is being written by another run" in second.stderr) == (2, True)
    running.communicate(timeout=PATIENCE)
    assert len(rows(out)) == MANY


REFUSED = {
    "empty folder": (["empty", "--out", "r.jsonl"], "There is no photo there"),
    "no folder": (["nowhere", "--out", "r.jsonl"], "There is no "),
    "no format": (["photos", "--out", "r.csv"], "Results are written as .jsonl"),
    "no folder for the file": (["photos", "--out", "nowhere/r.jsonl"], "cannot be written: No such file"),
    "an option": (["photos", "--out", "r.jsonl", "--score_th", "2"], "--score_th must be at most 1"),
    "a model": (["photos", "--out", "r.jsonl", "--model", "nobody"], "There are: 'safetycone'."),
    "a label": (["photos", "--out", "r.jsonl", "--type", "unicorn"], "'safetycone' finds 'safetycone'"),
    "a store": (["nonsense://bucket", "--out", "r.jsonl"], "The address cannot be opened"),
}


@pytest.mark.parametrize(("words", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refused(photos: Path, words: list[str], sentence: str) -> None:
    """An impossible run is refused in a sentence, and no file is written."""
    (photos.parent / "empty").mkdir()
    done = detect(*words, folder=photos.parent)
    assert done.returncode == 2
    assert sentence in done.stderr.splitlines()[-1]
    assert not list(photos.parent.glob("r.*"))


def test_models(photos: Path, two_models: Path) -> None:
    """Several models process each photo; the header names them and the options in force."""
    words = ["photos", "--out", "r.jsonl", "--model", "german", "--model", "english", "--maxResults", "2"]
    assert detect(*words, folder=photos.parent, DETECTOR_MODELS=str(two_models)).returncode == 0
    out = photos.parent / "r.jsonl"
    [*names] = [each["name"] for each in rows(out)[0]["normalizedVertices"]]
    assert sorted(names) == ["Leitkegel", "Leitkegel", "cone", "cone"]
    run: dict[str, Any] = json.loads(out.read_bytes().partition(b"\n")[0])["run"]
    assert [feature["model"] for feature in run["features"]] == [model["name"] for model in run["models"]]
    assert {feature["maxResults"] for feature in run["features"]} == {2}
    other = detect(*words[:3], folder=photos.parent, DETECTOR_MODELS=str(two_models))
    assert (other.returncode, "other options, models or versions" in other.stderr) == (2, True)


def test_store(tmp_path: Path, photo: bytes) -> None:
    """Photos are read from any store that fsspec opens; missing ones in a manifest are listed."""
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("road/a.jpg", photo)
    address = f"zip://road::file://{tmp_path}/photos.zip"
    assert detect(address, "--out", "r.jsonl", folder=tmp_path).returncode == 0
    [row] = rows(tmp_path / "r.jsonl")
    assert row["photo"] == f"zip://road/a.jpg::file://{tmp_path}/photos.zip"
    assert len(row["normalizedVertices"]) == 4
    (tmp_path / "list.txt").write_text(f"{row['photo']}\nzip://road/b.jpg::file://{tmp_path}/photos.zip\n")
    listed = detect("list.txt", "--out", "r.jsonl", folder=tmp_path)
    assert listed.returncode == 1
    assert [each.get("error", {}).get("code") for each in rows(tmp_path / "r.jsonl")] == [None, "unfetchable-image"]


def test_script(photos: Path) -> None:
    """The script runs in any folder, even beside files with the names of the service's own."""
    (photos.parent / "settings.py").write_text("raise SystemExit('the wrong file')")
    done = script("detect", "photos/*.jpg", "--out", "r.jsonl", cwd=photos.parent)
    assert done.returncode == 0, done.stderr
    assert len(rows(photos.parent / "r.jsonl")) == 2


def until_grown(running: "subprocess.Popen[str]", file: Path, size: int) -> None:
    """Waits until a run has written this many bytes."""
    deadline = time.monotonic() + PATIENCE
    while not file.exists() or file.stat().st_size < size:
        assert running.poll() is None, "the run has ended too early"
        assert time.monotonic() < deadline
        time.sleep(0.01)


def descendants(process: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    except FileNotFoundError:
        return []
    return [each for child in map(int, children) for each in [child, *descendants(child)]]


def until_gone(processes: list[int]) -> None:
    """Waits until processes have ended."""
    deadline = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{process}").exists() for process in processes):
        assert time.monotonic() < deadline
        time.sleep(0.05)
