"""Photos that cannot be read are refused with the cause."""

import os
from pathlib import Path

import pytest

from handlers import causes
from offline.reading import read
from web.problems.causes import CAUSES
from web.problems.problem import Refusal


def made(folder: Path) -> dict[str, str]:
    """Names of unreadable photos, by kind."""
    (folder / "link.jpg").symlink_to("nowhere")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "folder.jpg").mkdir()
    os.mkfifo(folder / "pipe.jpg")
    kinds = ("link", "loop", "folder", "pipe", "missing")
    return {kind: f"{folder}/{kind}.jpg" for kind in kinds} | {"null": "a\0.jpg", "device": "/dev/null"}


@pytest.mark.parametrize("kind", ["link", "loop", "folder", "pipe", "missing", "null", "device"])
def test_unreadable_file(tmp_path: Path, kind: str) -> None:
    """Files that cannot be read have a code of their own, which is documented."""
    with pytest.raises(Refusal, match="The photo cannot be read: ") as refused:
        read(made(tmp_path)[kind], 1000)
    assert refused.value.code == "unreadable-file"
    assert refused.value.code in CAUSES | causes.CAUSES


def test_unreachable_address() -> None:
    """An object that a store does not have is not fetchable."""
    with pytest.raises(Refusal) as refused:
        read("memory://nowhere/a.jpg", 1000)
    assert refused.value.code == "unfetchable-image"


def test_file(tmp_path: Path) -> None:
    """A file's bytes are read, by its path or its address, unless there are too many."""
    (tmp_path / "a.jpg").write_bytes(b"photo")
    assert read(f"{tmp_path}/a.jpg", 5) == read(f"file://{tmp_path}/a.jpg", 5) == b"photo"
    with pytest.raises(Refusal) as refused:
        read(f"{tmp_path}/a.jpg", 4)
    assert refused.value.status == 413
