"""The container image, built and run for real: as its user, on a read-only root, without privileges."""

import fcntl
import json
import os
import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.support.server import PATIENCE, Server, free_port, wait_for
from tests.support.tools import Done, needs, script

IMAGE = "localhost/specsight"
PROGRAMS = ("buildah", "mmdebstrap", "podman", "runc")
# Podman would raise these limits, which root may not be allowed to do.
LIMITS = "--ulimit nofile={}:{} --ulimit nproc=4096:4096".format(*resource.getrlimit(resource.RLIMIT_NOFILE))

pytestmark = [
    pytest.mark.slow,
    needs(all(map(shutil.which, PROGRAMS)), " and ".join(PROGRAMS)),
    pytest.mark.skipif(
        subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode != 0,
        reason="this user, or the container that the tests run in, may not start containers",
    ),
]


def podman(*arguments: str) -> str:
    """The output of podman, which must succeed."""
    done = subprocess.run(["podman", *arguments], check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Container:
    """A container that serves at an address of this machine.

    Attributes:
        id: podman's.
        url: where it serves.
    """

    def __init__(self) -> None:
        """Starts it, as a strict orchestrator does."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        flags = (
            "--detach --network host --no-healthcheck --read-only --read-only-tmpfs=false --cap-drop ALL"
            f" --security-opt no-new-privileges {LIMITS} --env HOST=127.0.0.1 --env PORT={port}"
        )
        self.id = podman("--runtime", "runc", "run", *flags.split(), IMAGE).strip()

    def close(self) -> None:
        """Removes it."""
        podman("rm", "--force", self.id)

    @property
    def log(self) -> str:
        """Its log so far."""
        done = subprocess.run(["podman", "logs", self.id], check=False, capture_output=True, text=True)
        return done.stdout + done.stderr

    def inspect(self, template: str) -> str:
        """Podman's description of it."""
        return podman("inspect", "--format", template, self.id).strip()

    def wait_until_ready(self) -> "Container":
        """Waits until it can detect."""
        wait_for(self._is_ready, lambda: f"The container is not ready:\n{self.log}")
        return self

    def run(self, *command: str) -> int:
        """The exit status of a command beside the service."""
        done = subprocess.run(["podman", "exec", self.id, *command], check=False, capture_output=True, timeout=PATIENCE)
        return done.returncode

    def _is_ready(self) -> bool:
        assert self.inspect("{{.State.Status}}") == "running", self.log
        try:
            return requests.get(f"{self.url}/health/ready", timeout=PATIENCE).ok
        except requests.ConnectionError:
            return False


def build() -> Done:
    """Runs scripts/image, which builds the image of this tree."""
    with Path(tempfile.gettempdir(), "specsight-image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # pytest's workers may arrive here at the same time
        return script("image", "--base", "debian")


@pytest.fixture(scope="module")
def built() -> str:
    """The output of scripts/image."""
    done = build()
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def container(built: str) -> Iterator[Container]:
    """The service in a container."""
    assert built
    with closing(Container()) as container:
        yield container.wait_until_ready()


def test_answers_as_the_service_does(container: Container, server: Server, photo: bytes) -> None:
    """The container finds the same in a photo as the service outside of one."""
    answers = [requests.post(f"{url}/predict/image", photo, timeout=PATIENCE) for url in (container.url, server.url)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["normalizedVertices"]


def test_runs_without_rights(container: Container) -> None:
    """It runs as the image's user, without any capability, and can write only to memory."""
    status = Path(f"/proc/{container.inspect('{{.State.Pid}}')}/status").read_text()
    facts = dict(line.split(":\t", 1) for line in status.splitlines())
    assert facts["Uid"].split() == ["10001"] * 4
    assert facts["Gid"].split() == ["10001"] * 4
    assert {int(facts[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {0}
    assert [container.run("touch", f"{folder}/file") for folder in ("/app", "/app/models", "/tmp", "/")] == [1] * 4


def test_counts_for_all_workers(container: Container) -> None:
    """On a read-only root, the workers share their counts in the container's shared memory."""
    for _ in range(3):
        requests.get(f"{container.url}/models", timeout=PATIENCE)
    metrics = requests.get(f"{container.url}/metrics", timeout=PATIENCE).text
    assert 'specsight_requests_total{operation="listModels",status="200"} 3.0' in metrics
    assert container.run("sh", "-c", "ls -d /dev/shm/specsight-metrics-*") == 0


def test_healthcheck(container: Container) -> None:
    """The image's own health check succeeds in the container."""
    image = json.loads(podman("inspect", "--type", "image", IMAGE))[0]
    kind, *command = image["Healthcheck"]["Test"]
    assert kind == "CMD"
    assert container.run(*command) == 0


@pytest.mark.parametrize("is_ready", [True, False])
def test_sigterm_stops_it(built: str, is_ready: bool) -> None:
    """On SIGTERM, it ends by itself with status 0, also before it serves.

    A container's first process hears only signals that it listens to.
    """
    assert built
    with closing(Container()) as container:
        if is_ready:
            container.wait_until_ready()
        else:
            wait_for(lambda: container.log, lambda: "It has said nothing.")
        podman("kill", "--signal", "TERM", container.id)
        wait_for(lambda: container.inspect("{{.State.Status}}") == "exited", lambda: container.log)
        assert container.inspect("{{.State.ExitCode}}") == "0"


def test_says_its_size(built: str) -> None:
    """scripts/image prints the image's size and how much of it is on top of its base."""
    said = re.search(r"has (\d+) MB, (\d+) of them on top of .*; the maximum is (\d+)\.", built)
    assert said
    whole, own, ceiling = map(int, said.groups())
    assert own < whole
    assert own <= ceiling


def test_ceiling(built: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """scripts/image fails if the image exceeds its ceiling."""
    assert built
    monkeypatch.setenv("IMAGE_CEILING", "100")
    assert build().returncode == 1


def test_counts_its_limit(built: str) -> None:
    """The service counts on as many CPUs as its container may use, which sets its workers."""
    assert built
    count = ["--entrypoint", "python", IMAGE, "-c", "from process import usable_cpus; print(usable_cpus())"]
    flags = f"--rm --network none --no-healthcheck --cpus 1 {LIMITS}"
    assert podman("--runtime", "runc", "run", *flags.split(), *count).strip() == "1"


def test_nothing_of_the_build_stays(built: str) -> None:
    """The image holds no setting of the machine that built it, such as its package index."""
    assert built
    files = ("/etc/pip.conf", "/root/.config/pip", "/root/.cache")
    config = podman("inspect", "--type", "image", IMAGE)
    assert not {name for name in os.environ if name.startswith("PIP_") and name in config}
    listed = subprocess.run(
        ["podman", "--runtime", "runc", "run", "--rm", "--network", "none", "--entrypoint", "ls", IMAGE, *files],
        check=False,
        capture_output=True,
        text=True,
    )
    assert not listed.stdout
