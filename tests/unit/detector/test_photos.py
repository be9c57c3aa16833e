"""detector/detector.py: photos in, detections out."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector.boxes.geometry import iou
from detector.detector import Detector
from detector.errors import ImageTooLarge, UnreadableImage
from detector.images import ImageLimits, decode
from detector.tflite.runtime import Runtime
from tests.support.detecting import STRICTER, Watched, everything, labelled, make
from tests.support.detections import Detection, detections
from tests.support.encoding import encode, upright


def test_finds(detector: Detector, photo: bytes) -> None:
    """A photo gives its size, detections as plain numbers, and statistics of its candidates."""
    findings = detector.detect(photo, [everything(detector)])
    assert (findings.width, findings.height) == (480, 320)
    assert len(detections(findings)) >= 1
    for detection in detections(findings):
        assert (detection.label, detection.model) == ("cone", "english")
        assert all(type(number) is float and 0 <= number <= 1 for number in (*detection.box_xyxy, detection.score))
    (stats,) = findings.stats
    assert stats.model == "english"
    assert stats.candidates == len(detections(findings)) + sum(astuple(stats.dropped))


def test_nothing_is_an_answer(detector: Detector) -> None:
    """A photo without objects gives an empty list."""
    assert detections(detector.detect(encode(upright(), "PNG"), [everything(detector, STRICTER)])) == ()


def test_measures_the_upright_photo(detector: Detector) -> None:
    """Width and height are those of the upright photo."""
    exif = Image.Exif()
    exif[0x0112] = 6
    findings = detector.detect(encode(upright(), "JPEG", exif=exif), [everything(detector)])
    assert (findings.width, findings.height) == (32, 48)


def test_refuses_unusable_photos(two_models: Path, photo: bytes) -> None:
    """An invalid photo, or one beyond the limits, is refused, and the next one is processed."""
    detector = make(two_models, pixels=480 * 320)
    with pytest.raises(UnreadableImage):
        detector.detect(photo[:-200], [everything(detector)])
    with pytest.raises(ImageTooLarge):
        detector.detect(encode(upright().resize((481, 320)), "PNG"), [everything(detector)])
    assert detections(detector.detect(photo, [everything(detector)]))


def test_is_ready_after_the_first_answer(two_models: Path, photo: bytes) -> None:
    """A new detector is not ready, nor after a refusal, but only after it has run."""
    detector = make(two_models)
    assert not detector.ready
    with pytest.raises(UnreadableImage):
        detector.detect(b"no photo", [everything(detector)])
    assert not detector.ready
    detector.detect(photo, [everything(detector)])
    assert detector.ready


def test_warms_up(two_models: Path) -> None:
    """Warming up runs every model once, and makes the detector ready."""
    runs: list[None] = []
    detector = make(two_models, Watched(before=lambda: runs.append(None)))
    runs.clear()  # loading has tried each model
    detector.warm_up()
    assert detector.ready
    assert len(runs) == 2


def test_same_results_in_a_crowd(two_models: Path, photo: bytes) -> None:
    """Eight threads with different photos get the results that each would get alone."""
    with Image.open(io.BytesIO(photo)) as image:
        photos = [encode(image.crop((20 * number, 0, 480, 320)), "PNG") for number in range(4)]
    detector = make(two_models)

    def answer(data: bytes) -> tuple[object, ...]:
        findings = detector.detect(data, [everything(detector), labelled(detector, "Leitkegel")])
        return findings.width, detections(findings), findings.stats

    alone = list(map(answer, photos))
    assert len(set(alone)) == 4
    start = threading.Barrier(8)

    def look(thread: int) -> list[tuple[object, ...]]:
        start.wait(30)
        return [answer(photos[(thread + step) % 4]) for step in range(4)]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(look, range(8)))
    for thread, findings in enumerate(answers):
        assert findings == [alone[(thread + step) % 4] for step in range(4)]


def test_a_detection_is_a_value() -> None:
    """Equal detections are one in a set, on which merging relies."""
    one, same = (Detection((0.0, 0.0, 1.0, 1.0), 0.5, "cone", "english") for _ in range(2))
    assert {one, same} == {one}


def test_large_photo_gives_the_same_objects(detector: Detector, photo: bytes) -> None:
    """A photo four times as large, decoded at a reduced size, gives its own size and the same objects in place."""
    with Image.open(io.BytesIO(photo)) as image:
        large = encode(image.resize((1920, 1280), Image.Resampling.BICUBIC), "JPEG", quality=95)
    found, expected = detector.detect(large, [everything(detector)]), detector.detect(photo, [everything(detector)])
    assert (found.width, found.height) == (1920, 1280)
    boxes_xyxy = np.array([each.box_xyxy for each in detections(found)])
    assert len(boxes_xyxy) == len(detections(expected))
    for each in detections(expected):
        assert iou(np.array(each.box_xyxy), boxes_xyxy).max() > 0.85


def test_same_results_on_all_threads(two_models: Path, photo: bytes) -> None:
    """A model gives the same results on all threads as on one."""
    runtime = Runtime(threads=2)
    lone, shared = (
        make(two_models, runtime).models.get("english").candidates(decode(photo, ImageLimits()), 0.3, alone=alone)
        for alone in (True, False)
    )
    assert lone.boxes_xyxy.tolist() == shared.boxes_xyxy.tolist()
    assert lone.scores.tolist() == shared.scores.tolist()
