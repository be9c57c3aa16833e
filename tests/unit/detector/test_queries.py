"""detector/detector.py: several queries, and several models, for one photo."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.boxes import Zone
from detector.detector import Detector
from tests.support.detecting import CRITERIA, STRICTER, Watched, everything, labelled, make
from tests.support.detections import detections
from tests.support.locating import count_located


def test_merges_without_duplicates(detector: Detector, photo: bytes) -> None:
    """Objects that two queries find are listed once; each query has its own statistics."""
    alone = detector.detect(photo, [everything(detector)])
    merged = detector.detect(photo, [everything(detector), everything(detector, STRICTER), everything(detector)])
    assert detections(merged) == detections(alone)
    assert len(merged.stats) == 3
    assert merged.stats[0] == merged.stats[2] == alone.stats[0]


def test_a_query_is_answered_as_if_alone(detector: Detector, photo: bytes) -> None:
    """The results of a query do not depend on the queries beside it."""
    strict_alone = detector.detect(photo, [everything(detector, STRICTER)])
    together = detector.detect(photo, [everything(detector, STRICTER), everything(detector)])
    assert together.stats[0] == strict_alone.stats[0]
    assert set(detections(strict_alone)) <= set(detections(together))


def test_the_lowest_score_counts(detector: Detector, photo: bytes) -> None:
    """A query with a high threshold, before or after, takes nothing from one with a low threshold."""
    nothing = everything(detector, replace(CRITERIA, score=1.0))
    alone = detector.detect(photo, [everything(detector)])
    for queries in ([nothing, everything(detector)], [everything(detector), nothing]):
        assert set(detections(detector.detect(photo, queries))) >= set(detections(alone))


def test_merges_models_best_first(detector: Detector, photo: bytes) -> None:
    """Several models' detections are one list, best score first, and each says whose it is."""
    english, german = (
        detections(detector.detect(photo, [query]))
        for query in (labelled(detector, "cone"), labelled(detector, "Leitkegel"))
    )
    merged = detections(detector.detect(photo, [labelled(detector, "Leitkegel"), labelled(detector, "cone")]))
    assert {detection.model for detection in merged} == {"english", "german"}
    assert set(merged) == set(english) | set(german)
    assert len(merged) == len(english) + len(german)
    scores = [detection.score for detection in merged]
    assert scores == sorted(scores, reverse=True)


def test_runs_each_model_once(two_models: Path, photo: bytes) -> None:
    """A model runs once per photo, for any number of queries."""
    runs: list[None] = []
    detector = make(two_models, Watched(before=lambda: runs.append(None)))
    runs.clear()  # loading has tried each model
    detector.detect(photo, [everything(detector), everything(detector, STRICTER), labelled(detector, "cone")])
    assert len(runs) == 1
    detector.detect(photo, [everything(detector), labelled(detector, "Leitkegel"), everything(detector, STRICTER)])
    assert len(runs) == 3


def test_models_run_concurrently(two_models: Path, photo: bytes) -> None:
    """Two models for one photo run concurrently: each waits in its run until the other runs, too."""
    both = threading.Barrier(2)
    loaded = threading.Event()
    runtime = Watched(before=lambda: loaded.is_set() and both.wait(30))
    detector = make(two_models, runtime)
    loaded.set()
    found = detector.detect(photo, [everything(detector), labelled(detector, "Leitkegel")])
    assert {detection.model for detection in detections(found)} == {"english", "german"}


def test_queries_that_are_alike_are_located_once(
    detector: Detector, photo: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zones of queries that are alike locate the objects once, and list each once."""
    located = count_located(monkeypatch)
    left = Zone("left", np.array([(0.0, 0.0), (0.7, 0.0), (0.7, 1.0), (0.0, 1.0)]))
    query = everything(detector, replace(CRITERIA, zones=(left,)))
    alone = detector.detect(photo, [query])
    once = sum(located)
    together = detector.detect(photo, [query] * 16)
    assert sum(located) == 2 * once > 0
    assert detections(together) == detections(alone)
    assert together.zones == alone.zones
    assert len(together.stats) == 16
