"""detector/detector.py."""

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from detector.boxes.filters import Criteria
from detector.boxes.geometry import iou
from detector.boxes.label_rules import LabelRules
from detector.detector import Detector, Query
from detector.errors import ImageTooLarge, UnreadableImage
from detector.images import Grid, ImageLimits, Tiling, decode
from detector.serving.folder import ModelFolder
from detector.tflite.runtime import LITERT, Interpreter, Runtime
from tests.support.detections import Detection, detections
from tests.support.encoding import encode, held, upright
from web.admission.admission import Admission, AdmissionLimits

CRITERIA = Criteria(score=0.3, width=0.0, height=0.0, iou=0.4, per_class=True, max_results=20)
STRICTER = replace(CRITERIA, score=0.6)


@dataclass(frozen=True)
class Watched(Runtime):
    """A real runtime that calls a function before each inference."""

    before: Callable[[], object] = field(kw_only=True)

    def build(self, content: bytes, threads: int = 1) -> Interpreter:
        """An interpreter that calls the function before its invoke()."""
        interpreter = LITERT.build(content, threads)
        invoke: Callable[[], None] = interpreter.invoke

        def watched() -> None:
            self.before()
            invoke()

        interpreter.invoke = watched
        return interpreter


def make(folder: Path, runtime: Runtime = LITERT, **limits: Any) -> Detector:
    """A detector with the models of a folder."""
    admission = Admission(AdmissionLimits(at_once=4))
    return Detector(ModelFolder(folder, runtime), ImageLimits(**limits), admission)


def everything(detector: Detector, criteria: Criteria = CRITERIA) -> Query:
    """All detections of the default model."""
    return Query(detector.models.choose(), criteria)


def labelled(detector: Detector, label: str) -> Query:
    """A label, in the model that knows it."""
    criteria = replace(CRITERIA, labels=LabelRules(types=frozenset([label])))
    return Query(detector.models.choose(None, [label]), criteria)


@pytest.fixture(scope="module")
def detector(two_models: Path) -> Detector:
    """A detector that finds cones by two names."""
    return make(two_models)


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


def test_annotates_the_upright_photo(detector: Detector) -> None:
    """The annotated photo is a JPEG that needs no turning, in the size of the upright photo."""
    with Image.open(io.BytesIO(detector.annotate(held("JPEG", 6), [everything(detector, STRICTER)]))) as image:
        assert (image.format, image.size) == ("JPEG", (48, 32))
        assert not image.getexif()
        assert np.abs(np.asarray(image, int) - np.asarray(upright(), int)).mean() < 8


def test_annotates_large_photos_scaled_down(detector: Detector) -> None:
    """A JPEG of more than 16 megapixels is annotated at half of its size."""
    data = encode(upright().resize((6000, 4000)), "JPEG")
    with Image.open(io.BytesIO(detector.annotate(data, [everything(detector, STRICTER)]))) as image:
        assert image.size == (3000, 2000)


def test_annotates_the_detections(detector: Detector, photo: bytes) -> None:
    """The photo is changed around every detection, and nowhere else."""
    found = detections(detector.detect(photo, [everything(detector)]))
    with Image.open(io.BytesIO(detector.annotate(photo, [everything(detector)]))) as image:
        changed = np.abs(np.asarray(image, int) - np.asarray(Image.open(io.BytesIO(photo)), int)).max(axis=2) > 90
    for left, top, _, bottom in (each.box_xyxy for each in found):
        side = changed[int(top * 320) : int(bottom * 320), int(left * 480) - 2 : int(left * 480) + 3]
        assert side.any(axis=1).mean() > 0.9
    assert not changed[:100].any()


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


def test_models_run_concurrently(two_models: Path, photo: bytes) -> None:
    """Two models for one photo run concurrently: each waits in its run until the other runs, too."""
    both = threading.Barrier(2)
    loaded = threading.Event()
    runtime = Watched(before=lambda: loaded.is_set() and both.wait(30))
    detector = make(two_models, runtime)
    loaded.set()
    found = detector.detect(photo, [everything(detector), labelled(detector, "Leitkegel")])
    assert {detection.model for detection in detections(found)} == {"english", "german"}


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


def spread_out(photo: bytes, times: int = 5) -> bytes:
    """A photo so many times as wide and high as the example, which it shows in its right lower corner."""
    with Image.open(io.BytesIO(photo)) as image:
        scene = Image.new("RGB", (480 * times, 320 * times), (120, 130, 120))
        scene.paste(image, (480 * (times - 1), 320 * (times - 1)))
    return encode(scene, "JPEG", quality=95)


def tiled(detector: Detector, tiling: Tiling, criteria: Criteria = CRITERIA) -> Query:
    """All that the default model finds in tiles."""
    return replace(everything(detector, criteria), tiling=tiling)


TILINGS = [Tiling(0.0, 5, 5), Tiling(0.2, 6, 6), Tiling(0.2, max_tiles=64)]


@pytest.mark.parametrize("tiling", TILINGS, ids=["corner", "stated", "auto"])
def test_tiles_find_small_things(detector: Detector, photo: bytes, tiling: Tiling) -> None:
    """Cones that are too small in the whole photo are found in its tiles, even in a JPEG."""
    scene = spread_out(photo)
    assert not detections(detector.detect(scene, [everything(detector)]))
    found = detections(detector.detect(scene, [tiled(detector, tiling)]))
    boxes_xyxy = np.array([each.box_xyxy for each in found])
    for each in detections(detector.detect(photo, [everything(detector)])):
        assert iou((np.array(each.box_xyxy) + 4) / 5, boxes_xyxy).max() > 0.6


def test_queries_share_tiles(two_models: Path, photo: bytes) -> None:
    """A query without tiles is answered as if alone; a tile that two queries need is processed once."""
    runs: list[None] = []
    detector = make(two_models, Watched(before=lambda: runs.append(None)))
    scene = spread_out(photo)
    whole, tiling = everything(detector), tiled(detector, Tiling(0.2, 6, 6))
    [plain], [in_tiles] = (detector.detect(scene, [query]).stats for query in (whole, tiling))
    runs.clear()
    found = detector.detect(scene, [whole, tiling, replace(tiling, criteria=STRICTER), whole])
    assert len(runs) == 1 + 36
    assert found.stats[0] == found.stats[3] == plain
    assert found.stats[1] == in_tiles


def test_accounts_of_tiles_add_up(detector: Detector, photo: bytes) -> None:
    """Detections and dropped candidates add up to those that the model proposed in all tiles; the tiles are stated."""
    findings = detector.detect(spread_out(photo), [tiled(detector, Tiling(0.2, 6, 6))])
    (stats,) = findings.stats
    assert stats.candidates == len(findings.scores) + sum(astuple(stats.dropped))
    assert stats.grid == Grid(6, 6, 0.2)


def test_tiles_give_the_same_in_a_crowd(two_models: Path, photo: bytes) -> None:
    """Tiles give the same detections on all cores and, while others are at work, on one."""
    scene, admission = spread_out(photo), Admission(AdmissionLimits(at_once=4))
    detector = Detector(ModelFolder(two_models, LITERT), ImageLimits(), admission)
    query = tiled(detector, Tiling(0.2, 6, 6))
    alone = detections(detector.detect(scene, [query]))
    admission._present = 2
    assert detections(detector.detect(scene, [query])) == alone


@pytest.fixture(scope="module")
def huge() -> bytes:
    """A photo that is never decoded in full."""
    return encode(upright().resize((10_000, 7_000), Image.Resampling.NEAREST), "JPEG")


@pytest.mark.parametrize("tiling", [None, *TILINGS], ids=["none", "corner", "stated", "auto"])
def test_tiles_refuse_no_photo(detector: Detector, huge: bytes, tiling: Tiling | None) -> None:
    """A photo too large to be decoded in full is tiled as decoded, and annotated."""
    query = replace(everything(detector, STRICTER), tiling=tiling)
    assert detector.detect(huge, [query]).width == 10_000
    with Image.open(io.BytesIO(detector.annotate(huge, [query]))) as image:
        assert image.size == (2500, 1750)


@pytest.mark.slow
def test_annotates_detections_in_tiles(detector: Detector, photo: bytes) -> None:
    """A large photo is tiled in full detail, but drawn at half of its size."""
    scene, query = spread_out(photo, 12), tiled(detector, Tiling(0.0, 12, 12), replace(CRITERIA, score=0.5))
    with (
        Image.open(io.BytesIO(detector.annotate(scene, [everything(detector)]))) as plain,
        Image.open(io.BytesIO(detector.annotate(scene, [query]))) as image,
    ):
        assert image.size == plain.size == (2880, 1920)
        changed = (np.abs(np.asarray(image, int) - np.asarray(plain, int)) > 90).any(axis=2)
    for left, top, _, bottom in (each.box_xyxy for each in detections(detector.detect(scene, [query]))):
        side = changed[int(top * 1920) : int(bottom * 1920), int(left * 2880) - 6 : int(left * 2880) + 7]
        assert side.any(axis=1).mean() > 0.8
    assert changed.any()
