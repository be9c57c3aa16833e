"""python -m training label: the detections of models become a data set; needs the extra for training."""

from pathlib import Path

import pytest

from training.__main__ import main
from training.data import Reading, read_dataset
from training.scenes import write_scenes

pytest.importorskip("torch", reason="the extra for training is not installed")


def test_a_labelled_folder_is_a_data_set(bundled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file lies beside the photos and is read like any other; confident boxes are objects."""
    write_scenes(tmp_path, 2, 3)
    photos = tmp_path / "images"
    model, out = str(bundled / "safetycone.tflite"), photos / "labelled.json"
    assert main(["label", str(photos), model, "--out", str(out), "--sure", "0.5"]) == 0
    assert "3 photos" in capsys.readouterr().out
    drawn = read_dataset(tmp_path, Reading(format="yolo", hold_out=False))
    labelled = read_dataset(out, Reading(hold_out=False))
    assert labelled.names == ["safetycone"]
    counts = [sum(photo.objects for photo in dataset.train) for dataset in (drawn, labelled)]
    assert counts[1] == pytest.approx(counts[0], abs=1)
