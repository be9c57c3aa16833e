"""A mistake in what the service is given stops gunicorn with one sentence, and nothing else."""

from pathlib import Path

import pytest

from tests.support.killers import KILLERS
from tests.support.server import Start

MISTAKES = {
    "port": ({"PORT": "abc"}, "PORT"),
    "port-range": ({"PORT": "65536"}, "PORT"),
    "log-level": ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    "tokens-file": ({"DETECTOR_TOKENS_FILE": "nowhere"}, "DETECTOR_TOKENS_FILE names a file that cannot be read"),
    "models": ({"DETECTOR_MODELS": "nowhere"}, "There is no folder"),
    "no-model": ({"DETECTOR_MODELS": "handlers"}, "There is no model in"),
    "default-model": ({"DETECTOR_DEFAULT_MODEL": "nowhere"}, "There is no nowhere.tflite in"),
}


@pytest.mark.parametrize(("settings", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_setting(start: Start, settings: dict[str, str], sentence: str) -> None:
    """Each setting that cannot be used is named, without a traceback."""
    server = start(**settings)
    assert server.wait() == 1
    assert_is_one_sentence(server.log, sentence)


def test_model(start: Start, tmp_path: Path) -> None:
    """So is a file that is no model."""
    (tmp_path / "street.tflite").write_text("not a model")
    server = start(DETECTOR_MODELS=str(tmp_path))
    assert server.wait() == 1
    assert_is_one_sentence(server.log, "street.tflite is a text and not a model")


@pytest.mark.parametrize("signal", KILLERS)
def test_killer(start: Start, copied: Path, signal: str) -> None:
    """So is a file that crashes the runtime."""
    copied.write_bytes(KILLERS[signal](copied.read_bytes()))
    server = start(DETECTOR_MODELS=str(copied.parent))
    assert server.wait() == 1
    assert_is_one_sentence(server.log, f"safetycone.tflite ends the process that runs it ({signal})")


def assert_is_one_sentence(log: str, sentence: str) -> None:
    """Besides what the runtime's native code says, the log is one line that starts with `Error:` and says why."""
    lines = [line for line in log.splitlines() if line and not line.startswith("INFO: ")]
    assert len(lines) == 1, log
    assert lines[0].startswith("Error: ")
    assert sentence in lines[0]
