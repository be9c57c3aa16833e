"""The figures of a model, from its detections."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra for training is not installed")

from detector.boxes import Candidates
from training.data import IGNORED, Photo
from training.measuring import Curve, Report, TflitePredictor, average_precision, measure, to_coco
from training.measuring.labelling import fuse
from training.scenes import render


def report(**labels: list[tuple[float, bool]]) -> Report:
    """A report on labels with ten boxes each, from falling scores and a flag per score that a box is there."""
    curves = {}
    for name, found in labels.items():
        right = np.cumsum([hit for _, hit in found])
        scores = np.array([score for score, _ in found], np.float32)
        curves[name] = Curve(right / np.arange(1, len(found) + 1), right / 10, scores, average_precision=0.5)
    return Report(1, 10 * len(curves), curves, milliseconds=0.0)


def test_best_score_is_where_false_alarms_begin() -> None:
    """Above it, most detections are right; below, false alarms outnumber boxes."""
    found = [(0.9, True)] * 4 + [(0.62, True)] * 3 + [(0.58, False)] * 20 + [(0.1, True)] * 3
    one = report(cone=found)
    assert one.best_score == 0.6
    assert one.at("cone", 0.6) == (1.0, 0.7)
    assert one.f1("cone", 0.6) == pytest.approx(2 * 0.7 / 1.7)
    assert "above score 0.6: precision 1.00, recall 0.70" in one.sentence()


def test_best_score_serves_every_label() -> None:
    """A label with few detections counts as much as one with many."""
    rare, often = [(0.32, True)] * 8, [(0.9, True)] * 9 + [(0.34, False)] * 2
    assert report(often=often).best_score == 0.85
    assert report(often=often, rare=rare).best_score == 0.3


def test_best_score_of_a_model_that_finds_nothing_is_a_strict_one() -> None:
    """Such a model's detections are all wrong, so few are shown."""
    assert report(cone=[(0.4, False)]).best_score == 0.95


def test_few_boxes_state_no_default() -> None:
    """The best score is the model's default only if there are enough boxes."""
    found = [(0.9, True)] * 8
    assert report(cone=found).default_score is None
    assert report(cone=found, drum=found).default_score == 0.85


def test_ignored_boxes_give_no_false_alarms() -> None:
    """Of two boxes without an object, the one in a crowd does not count."""
    boxes = np.array([[0, 0, 40, 40], [50, 50, 100, 100]], np.float32)
    photo = Photo("", np.zeros((100, 100, 3), np.uint8), boxes, np.array([0, IGNORED]))
    crowd, elsewhere, object_ = [0.6, 0.6, 0.7, 0.9], [0.5, 0.0, 0.9, 0.3], [0.0, 0.0, 0.4, 0.4]
    for wrong, expected in ((crowd, 1.0), (elsewhere, 0.5)):
        found = Candidates(np.array([wrong, object_]), np.array([0.9, 0.8]), np.array([0, 0]))
        assert average_precision([found], [photo], 1) == pytest.approx(expected)


def test_labels_photos_by_agreement() -> None:
    """The mean score decides: an object of one model alone is doubtful, and doubtful boxes are ignored crowds."""
    photo = Photo("a.jpg", np.zeros((100, 200, 3), np.uint8), np.zeros((0, 4), np.float32), np.zeros(0, np.int64))
    agreed, alone = [0.1, 0.2, 0.5, 0.6], [0.7, 0.7, 0.9, 0.9]
    first = Candidates(np.array([agreed, alone]), np.array([0.9, 0.5]), np.array([1, 0]))
    second = Candidates(np.array([[0.1, 0.2, 0.5, 0.58]]), np.array([0.7]), np.array([1]))
    both = fuse([first, second])
    assert both.scores.tolist() == pytest.approx([0.8, 0.25])
    content = to_coco([photo], [both], ["cat", "dog"], sure=0.4, doubtful=0.2)
    assert [(each["category_id"], each["iscrowd"]) for each in content["annotations"]] == [(2, 0), (1, 1)]
    assert content["annotations"][0]["bbox"] == pytest.approx([20, 20, 80, 39.1], abs=0.1)
    assert len(to_coco([photo], [both], ["cat", "dog"], sure=0.4, doubtful=0.3)["annotations"]) == 1


def test_a_model_is_measured_on_the_labels_that_it_shares_with_the_photos(bundled: Path) -> None:
    """Any served model is measured by the service's own code; one without a label of the photos is refused."""
    predictor = TflitePredictor(bundled / "safetycone.tflite")
    scene = render(2)
    photo = Photo("", scene.pixels, scene.boxes_xyxy, np.ones(len(scene.boxes_xyxy), np.int64))
    report = measure(predictor, [photo], ["truck", "SafetyCone"], None)
    assert report.curves["SafetyCone"].average_precision > 0.95
    assert report.milliseconds > 0
    with pytest.raises(ValueError, match="the model finds safetycone, the photos are labelled with truck, car"):
        measure(predictor, [photo], ["truck", "car"], None)
