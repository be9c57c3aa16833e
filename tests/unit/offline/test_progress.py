"""The progress of a run."""

import re
import time

import pytest

from offline.journal import Entry
from offline.progress import Progress
from offline.rows import Outcome

SECONDS = 0.1


def progress_of(*, quiet: bool = False) -> Progress:
    """The progress of a run that resumes after 100 photos, and takes some time for 4 others."""
    progress = Progress(quiet=quiet)
    assert len(list(progress.resume(Entry(str(number)) for number in range(100)))) == 100
    progress.begin(104)
    time.sleep(SECONDS)
    progress.add([Outcome("photo", b"{}", 1, "")] * 4)
    progress.close()
    return progress


def test_rate(capsys: pytest.CaptureFixture[str]) -> None:
    """The rate is the average over the run: photos that come at once, or came earlier, do not raise it."""
    progress_of()
    said = capsys.readouterr().err
    assert "104/104" in said
    assert all(float(rate) <= 4 / SECONDS for rate in re.findall(r"([\d.]+)photo/s", said))


def test_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """A quiet run shows no bar, and has the same summary."""
    summary = progress_of(quiet=True).summary()
    assert capsys.readouterr().err == ""
    assert summary == progress_of().summary() == "Processed 4 photos, found 4 objects. 100 had a row already."
