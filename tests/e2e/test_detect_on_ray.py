"""scripts/detect --ray gives the results of a run without Ray, whatever happens to the cluster's nodes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.detect import PATIENCE, detect, links, rows, start
from tests.support.ray_cluster import RayCluster, needs_ray
from tests.support.server import free_port, wait_for
from tests.support.tools import ROOT

MANY = 300  # photos, which take long enough for a node to be killed

pytestmark = [pytest.mark.slow, needs_ray]


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    """Two nodes."""
    cluster = RayCluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def many(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with many photos, one of which is none."""
    folder = links(tmp_path_factory.mktemp("many") / "photos", bundled / "example.jpg", MANY)
    (folder / "00007.jpg").unlink()
    (folder / "00007.jpg").write_bytes(b"no photo")
    return folder


@pytest.fixture(scope="module")
def plain(many: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that a run without Ray writes for these."""
    out = tmp_path_factory.mktemp("plain") / "results.jsonl"
    assert detect(many, "--out", out, folder=many).returncode == 1
    return out


def test_killed_node(cluster: RayCluster, many: Path, plain: Path, tmp_path: Path) -> None:
    """A node is killed midway and replaced: the file is the same as without Ray, byte by byte."""
    out = tmp_path / "results.jsonl"
    running = start(many, "--out", out, "--ray", cluster.address, folder=tmp_path)
    until_some(running, out, 20)
    cluster.kill_node()
    assert len(rows(out)) < MANY, "the node was killed too late"
    cluster.add_node()
    _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 1, said
    assert said.splitlines()[-3:-1] == [f"Processed {MANY} photos, found 1,196 objects.", "1 failed:"]
    assert out.read_bytes() == plain.read_bytes()


def test_resumed(cluster: RayCluster, many: Path, plain: Path, tmp_path: Path) -> None:
    """A run that is killed on the cluster goes on there, or without it, and leaves no process there."""
    out = tmp_path / "results.jsonl"
    for count in (20, 60):
        running = start(many, "--out", out, "--ray", cluster.address, folder=tmp_path)
        until_some(running, out, count)
        running.kill()
        running.communicate()
    assert len(rows(out)) < MANY
    assert detect(many, "--out", out, folder=tmp_path).returncode == 1
    assert out.read_bytes() == plain.read_bytes()
    wait_for(lambda: not working(), lambda: f"{working()} still work")


def test_nobody_there(many: Path, tmp_path: Path) -> None:
    """An address without a cluster is refused in a sentence, at once."""
    for address in (f"127.0.0.1:{free_port()}", "nonsense"):
        done = detect(many, "--out", "r.jsonl", "--ray", address, folder=tmp_path)
        assert done.returncode == 2
        assert f"The Ray cluster at {address} cannot be used" in done.stderr.splitlines()[-1]


def test_ray_is_an_extra(many: Path, tmp_path: Path) -> None:
    """Without Ray, its option is refused in a sentence that names the extra."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.modules['ray'] = None; import offline.__main__ as it"
    options = [many, "--out", tmp_path / "r.jsonl", "--ray", "auto"]
    words = [sys.executable, "-W", "ignore", "-c", f"{program}; sys.exit(it.main())", *map(str, options)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr.splitlines()[-1].endswith(".venv/bin/pip install '.[ray]'.")) == (2, True)


def until_some(running: "subprocess.Popen[str]", out: Path, count: int) -> None:
    """Waits until a run has written this many rows."""

    def has_some() -> bool:
        assert running.poll() is None, running.communicate()
        return out.exists() and out.read_bytes().count(b"\n") > count

    wait_for(has_some, lambda: "there are no rows")


def working() -> list[str]:
    """The processes that detect in photos in a cluster."""
    commands = (file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists())
    return [command.decode(errors="replace") for command in commands if command.startswith(b"ray::MapBatches(process)")]
