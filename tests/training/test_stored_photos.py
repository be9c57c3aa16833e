"""Boxes fit photos that are stored turned, or in another size."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.support.written_datasets import photo, text, voc_xml, write_coco, write_turned
from training.data import Reading, read_dataset

STORED = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION


@pytest.mark.parametrize(
    ("orientation", "as_stored"), [*((n, False) for n in range(1, 9)), *((n, True) for n in range(5, 9))]
)
def test_boxes_lie_on_the_upright_photo(tmp_path: Path, orientation: int, *, as_stored: bool) -> None:
    """A tool may show a turned photo upright or as stored; the size that it states decides."""
    upright = np.full((60, 40, 3), 40, np.uint8)
    upright[5:25, 10:18] = 220
    write_turned(tmp_path / "a.jpg", upright, orientation)
    box, size = [10, 5, 8, 20], {"width": 40, "height": 60}
    if as_stored:
        bright = np.argwhere(np.asarray(cv2.imread(str(tmp_path / "a.jpg"), STORED)) > 130)
        (y0, x0), (y1, x1) = bright.min(0).tolist(), bright.max(0).tolist()
        box, size = [x0, y0, x1 - x0 + 1, y1 - y0 + 1], {"width": 60, "height": 40}
    annotation = {"image_id": 1, "category_id": 1, "bbox": box}
    write_coco(tmp_path / "a.json", [{"id": 1, "file_name": "a.jpg", **size}], [annotation])
    [only] = read_dataset(tmp_path, Reading(hold_out=False)).train
    assert only.pixels.shape[:2] == (60, 40)
    assert only.boxes_xyxy[0] == pytest.approx([10, 5, 18, 25], abs=1.01)


def test_boxes_of_a_resized_photo_are_scaled(tmp_path: Path) -> None:
    """Pixels refer to the annotated size."""
    photo(tmp_path / "a.jpg", 100, 50)
    text(tmp_path / "a.xml", voc_xml("a.jpg", 400, 200, (40, 40, 80, 120)))
    [only] = read_dataset(tmp_path, Reading(hold_out=False)).train
    assert only.boxes_xyxy[0] == pytest.approx([10, 10, 20, 30])
