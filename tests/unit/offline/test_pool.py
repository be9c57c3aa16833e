"""The pool yields every photo's outcome in order, whatever happens to its processes."""

from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from detector import ImageLimits, LoadedModels
from detector.serving.model import Model
from offline import handle
from offline.errors import RunError
from offline.pool import Pool
from offline.processing import Processor, Task
from schemas import Feature
from tests.support import mortal_worker
from tests.support.detect import links


@pytest.fixture
def task(safetycone: Model) -> Task:
    """The bundled model with all defaults."""
    return Task(LoadedModels([safetycone]), [Feature()], ImageLimits(), max_bytes=1 << 20, max_tiles=16)


@pytest.mark.slow
def test_same_as_alone(task: Task, bundled: Path, tmp_path: Path) -> None:
    """The outcomes equal those of one process for one photo after another."""
    folder = links(tmp_path / "photos", bundled / "example.jpg", 50)
    names = [*sorted(map(str, folder.iterdir())), str(tmp_path / "missing.jpg")]
    processor = Processor(task)
    with closing(Pool(task, 2)) as pool:
        found = [outcome for outcomes in pool.process(names) for outcome in outcomes]
    assert found == [processor.process(name, processor.read(name)) for name in names]


def test_killer(task: Task, bundled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo that ends its process fails after a few tries; every other one has its outcome."""
    monkeypatch.setattr(handle, "work", mortal_worker.work)
    folder = links(tmp_path / "photos", bundled / "example.jpg", 30)
    names = sorted(map(str, folder.iterdir()))
    names[10:10] = [str(tmp_path / "killer.jpg")]
    with closing(Pool(task, 2)) as pool:
        found = [outcome for outcomes in pool.process(names) for outcome in outcomes]
    assert [outcome.photo for outcome in found] == names
    assert [outcome.photo for outcome in found if outcome.error] == [str(tmp_path / "killer.jpg")]
    assert msgspec.json.decode(found[10].row)["error"]["code"] == "failure"


def test_processes_that_cannot_start(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """If no process becomes ready, the run ends with a sentence and does not start more for ever."""
    monkeypatch.setattr(handle, "work", mortal_worker.end_at_once)
    with closing(Pool(task, 1)) as pool, pytest.raises(RunError, match="end as they start"):
        list(pool.process(["a.jpg"]))
