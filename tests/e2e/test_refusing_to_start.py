"""A mistake in the settings, a model or the machine stops gunicorn with one sentence: one example of each way."""

import os
import shutil
import socket
import sys
from pathlib import Path

import pytest
import requests

from tests.support.killers import KILLERS
from tests.support.server import GUNICORN, PATIENCE, Start

MISTAKES = {
    "port": ({"PORT": "abc"}, "PORT"),
    "tokens-file": ({"DETECTOR_TOKENS_FILE": "nowhere"}, "DETECTOR_TOKENS_FILE names a file that cannot be read"),
    "no-model": ({"DETECTOR_MODELS": "handlers"}, "There is no model in"),
}


@pytest.mark.parametrize(("settings", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_setting(start: Start, settings: dict[str, str], sentence: str) -> None:
    """Each unusable setting is named, without a traceback."""
    server = start(**settings)
    assert server.wait() == 1
    assert_is_one_sentence(server.log, sentence)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("WEB_CONCURRENCY", "two", "it must be a whole number of at least 0."),
        ("WEB_CONCURRENCY", "1.5", "it must be a whole number of at least 0."),
        ("FORWARDED_ALLOW_IPS", "127.0.0.1,proxy", "write addresses and networks as 10.0.0.7 or 10.0.0.0/8,"),
    ],
)
def test_setting_that_gunicorn_reads_first(start: Start, variable: str, value: str, sentence: str) -> None:
    """A variable that gunicorn itself would stumble over is named, without a traceback."""
    server = start(program=Path(sys.executable), arguments=["serve.py"], **{variable: value})
    assert server.wait() == 1
    assert_is_one_sentence(server.log, f"{variable} cannot be used: {sentence}")


def test_empty_settings_count_as_unset(start: Start) -> None:
    """Variables that gunicorn reads first may be empty, too; the service stops as usual."""
    server = start(program=Path(sys.executable), arguments=["serve.py"], WEB_CONCURRENCY="", FORWARDED_ALLOW_IPS="")
    server.wait_until_ready()
    assert server.stop() == 0


def test_model(start: Start, tmp_path: Path) -> None:
    """A file that is not a model is named."""
    (tmp_path / "street.tflite").write_text("not a model")
    server = start(DETECTOR_MODELS=str(tmp_path))
    assert server.wait() == 1
    assert_is_one_sentence(server.log, "street.tflite is a text and not a model")


def test_killer(start: Start, copied: Path) -> None:
    """A file that crashes the runtime is named."""
    copied.write_bytes(KILLERS["SIGSEGV"](copied.read_bytes()))
    server = start(DETECTOR_MODELS=str(copied.parent))
    assert server.wait() == 1
    assert_is_one_sentence(server.log, "safetycone.tflite ends the process that runs it (SIGSEGV)")


def test_taken_port(start: Start) -> None:
    """A port that another program uses is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = start(PORT=str(port))
        assert server.wait() == 1
    assert_is_one_sentence(server.log, f"Port {port} at 127.0.0.1 is taken by another program")


def test_foreign_address(start: Start) -> None:
    """An address that the machine does not have is named."""
    server = start(HOST="192.0.2.1")
    assert server.wait() == 1
    assert_is_one_sentence(server.log, "at 192.0.2.1 is not an address of this machine: set HOST.")


@pytest.mark.parametrize("limit", ["-n 32", "-v 700000", "-v 300000", "-d 500000", "-d 100000"])
def test_tight_limits(start: Start, limit: str) -> None:
    """A limit too tight to serve, or even to load libraries, is named, with how to raise it."""
    program = f"{sys.executable} serve.py"
    server = start(program=Path("/bin/bash"), arguments=["-c", f"ulimit {limit}; exec {program}"])
    assert server.wait() == 1
    assert_is_one_sentence(server.log, f"raise ulimit {limit[:2]}")


@pytest.mark.parametrize("program", [f"{GUNICORN}", f"{sys.executable} serve.py"])
def test_too_few_threads(start: Start, program: str) -> None:
    """A limit on threads that is too tight to serve is named; root is not limited, so another user tries."""
    rights = "-all,+dac_override,+dac_read_search"  # to read the service's files all the same
    user = ["--reuid", "61234", "--regid", "61234", "--clear-groups"]
    kept = ["--inh-caps", rights, "--ambient-caps", rights, "--bounding-set", rights]
    if os.getuid() or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv, to become another user")
    server = start(program=Path("setpriv"), arguments=[*user, *kept, "/bin/bash", "-c", f"ulimit -u 4; exec {program}"])
    assert server.wait() == 1
    assert_is_one_sentence(server.log, "threads, and may not start them: raise ulimit -u")


def test_needs_no_writable_folder(start: Start, photo: bytes) -> None:
    """Without any writable folder, the service starts and answers."""
    nowhere = {"TMPDIR": "/proc/nowhere"}  # no one may write there, root included
    server = start(**nowhere).wait_until_ready()
    assert requests.post(f"{server.url}/predict/image", photo, timeout=PATIENCE).status_code == 200


def assert_is_one_sentence(log: str, sentence: str) -> None:
    """Except for the runtime's native messages, the log is one line that starts with `Error:` and says why."""
    lines = [line for line in log.splitlines() if line and not line.startswith("INFO: ")]
    assert len(lines) == 1, log
    assert lines[0].startswith("Error: ")
    assert sentence in lines[0]
