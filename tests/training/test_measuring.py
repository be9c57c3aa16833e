"""The figures of a model, from what it found."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra for training is not installed")

from detector.boxes import Candidates
from training.data import IGNORED, Photo
from training.measuring import Curve, Report, average_precision


def report(**labels: list[tuple[float, bool]]) -> Report:
    """A report on labels with ten boxes each, from scores, falling, and whether a box is there."""
    curves = {}
    for name, found in labels.items():
        right = np.cumsum([hit for _, hit in found])
        scores = np.array([score for score, _ in found], np.float32)
        curves[name] = Curve(right / np.arange(1, len(found) + 1), right / 10, scores, average_precision=0.5)
    return Report(1, 10 * len(curves), curves, milliseconds=0.0)


def test_best_score_is_where_false_alarms_begin() -> None:
    """Above it, what is found is right more often than not; what is below would add more false alarms than boxes."""
    found = [(0.9, True)] * 4 + [(0.62, True)] * 3 + [(0.58, False)] * 20 + [(0.1, True)] * 3
    one = report(cone=found)
    assert one.best_score == 0.6
    assert one.at("cone", 0.6) == (1.0, 0.7)
    assert one.f1("cone", 0.6) == pytest.approx(2 * 0.7 / 1.7)
    assert "above score 0.6: precision 1.00, recall 0.70" in one.sentence()


def test_best_score_serves_every_label() -> None:
    """A label with few findings counts as much as one with many."""
    rare, often = [(0.32, True)] * 8, [(0.9, True)] * 9 + [(0.34, False)] * 2
    assert report(often=often).best_score == 0.85
    assert report(often=often, rare=rare).best_score == 0.3


def test_best_score_of_a_model_that_finds_nothing_is_a_strict_one() -> None:
    """Its findings are all wrong, so few are shown."""
    assert report(cone=[(0.4, False)]).best_score == 0.95


def test_few_boxes_state_no_default() -> None:
    """The best score is the model's default only where there are boxes enough to tell."""
    found = [(0.9, True)] * 8
    assert report(cone=found).default_score is None
    assert report(cone=found, drum=found).default_score == 0.85


def test_what_lies_in_an_ignored_box_is_no_false_alarm() -> None:
    """Of two boxes without an object, the one in a crowd does not count."""
    boxes = np.array([[0, 0, 40, 40], [50, 50, 100, 100]], np.float32)
    photo = Photo("", np.zeros((100, 100, 3), np.uint8), boxes, np.array([0, IGNORED]))
    crowd, elsewhere, object_ = [0.6, 0.6, 0.7, 0.9], [0.5, 0.0, 0.9, 0.3], [0.0, 0.0, 0.4, 0.4]
    for wrong, expected in ((crowd, 1.0), (elsewhere, 0.5)):
        found = Candidates(np.array([wrong, object_]), np.array([0.9, 0.8]), np.array([0, 0]))
        assert average_precision([found], [photo], 1) == pytest.approx(expected)
