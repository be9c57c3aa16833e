"""Measures how many more small objects tiles find: `python -m benchmarks.small_things ASSETS`.

ASSETS is a folder with `cones/val` and `coco`, each of `images` and `labels` (YOLO's text), `labels/coco_80.txt` and
`models`. There are two measurements:

- cones: each photo is pasted into a scene of other photos, at such a size that its tallest cone has 4 % of the scene's
  height. The bundled model detects cones.
- coco: public models detect the smallest third of all labelled objects. Detections of other objects count as correct.

A detection is correct if it overlaps an object of its label by half or more, and no better one does. Precision is over
all detections, recall over the wanted objects, each over all photos and labels. The time is that of a lone photo, on
all cores, in one process, relative to that without tiles.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detector import Criteria, Detector, ImageLimits, ModelFolder, Query, Runtime, Tiling
from detector.boxes import area, iou
from process import usable_cpus
from web.admission import Admission, AdmissionLimits

ROOT = Path(__file__).parents[1]
SCENE, CELLS, CONE = (3200, 2400), (4, 3), 0.04  # pixels; photos that it consists of; the tallest cone's height
CRITERIA = Criteria(score=0.05, width=0.0, height=0.0, iou=0.4, per_class=True, max_results=300)
MIN_IOU = 0.5
MODELS = ("yolov8n_int8_224", "yolov8n_int8_640")
PRECISIONS = (0.9, 0.8, 0.7, 0.6, 0.5)
WAYS = {
    "whole": None,
    "3x2": Tiling(0.2, 3, 2),
    "4x3": Tiling(0.2, 4, 3),
    "auto": Tiling(0.2, max_tiles=64),
}
Boxes = NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """A photo and its objects.

    Attributes:
        content: an encoded photo.
        boxes_xyxy: [N, 4], fractions.
        labels: one per box.
        wanted: [N] True for objects that count for recall.
    """

    content: bytes
    boxes_xyxy: Boxes
    labels: tuple[str, ...]
    wanted: NDArray[np.bool_]


def read_labels(folder: Path, names: Sequence[str]) -> Iterator[tuple[Path, Boxes, tuple[str, ...]]]:
    """The photos of a folder, each with its boxes and labels."""
    for image in sorted((folder / "images").glob("*.jpg")):
        file = folder / "labels" / f"{image.stem}.txt"
        rows = [line.split()[:5] for line in file.read_text().splitlines()] if file.exists() else []
        numbers = np.array([row[1:] for row in rows], np.float64).reshape(-1, 4)
        boxes = np.concatenate([numbers[:, :2] - numbers[:, 2:] / 2, numbers[:, :2] + numbers[:, 2:] / 2], axis=1)
        yield image, boxes, tuple(names[int(row[0])] for row in rows)


def read(file: Path) -> NDArray[np.uint8]:
    """The pixels of a photo, in OpenCV's order."""
    return np.asarray(cv2.imread(str(file)), np.uint8)


def cone_scenes(assets: Path) -> Iterator[Labelled]:
    """Photos of cones, each in a scene of others."""
    random = np.random.default_rng(0)
    others = sorted((assets / "coco" / "images").glob("*.jpg"))
    width, height = SCENE
    for image, boxes, labels in read_labels(assets / "cones" / "val", ["safetycone"]):
        if not len(boxes):
            continue
        cells = random.choice(len(others), CELLS, replace=False)
        size = (width // CELLS[0], height // CELLS[1])
        rows = [np.hstack([cv2.resize(read(others[cell]), size) for cell in row]) for row in cells.T]
        scene, photo = np.vstack(rows), read(image)
        tallest = float((boxes[:, 3] - boxes[:, 1]).max()) * photo.shape[0]
        times = min(CONE * height / tallest, width / photo.shape[1], height / photo.shape[0])
        photo = np.asarray(cv2.resize(photo, None, fx=times, fy=times, interpolation=cv2.INTER_AREA), np.uint8)
        left, top = (int(random.integers(0, room + 1)) for room in (width - photo.shape[1], height - photo.shape[0]))
        scene[top : top + photo.shape[0], left : left + photo.shape[1]] = photo
        sides = np.array([photo.shape[1], photo.shape[0]] * 2)
        placed = (boxes * sides + [left, top, left, top]) / [width, height, width, height]
        _, packed = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, 92])
        yield Labelled(packed.tobytes(), placed, labels, np.ones(len(boxes), np.bool_))


def coco_photos(assets: Path) -> list[Labelled]:
    """COCO photos; the smallest third of all objects is wanted."""
    names = (assets / "labels" / "coco_80.txt").read_text().splitlines()
    photos = list(read_labels(assets / "coco", names))
    limit = np.quantile(np.concatenate([area(boxes) for _, boxes, _ in photos]), 1 / 3)
    return [Labelled(image.read_bytes(), boxes, labels, area(boxes) <= limit) for image, boxes, labels in photos]


def judge(photo: Labelled, boxes_xyxy: Boxes, labels: Sequence[str]) -> Iterator[tuple[bool, bool]]:
    """True for correct detections, and True for those that found a wanted object; best first."""
    free = np.ones(len(photo.labels), np.bool_)
    for box, label in zip(boxes_xyxy, labels, strict=True):
        alike = np.array([each == label for each in photo.labels], np.bool_)
        overlaps = iou(box, photo.boxes_xyxy) * alike * free
        best = int(overlaps.argmax()) if overlaps.size else -1
        right = best >= 0 and bool(overlaps[best] >= MIN_IOU)
        if right:
            free[best] = False
        yield right, right and bool(photo.wanted[best])


@dataclass
class Tally:
    """The detections with one kind of tiles.

    Attributes:
        rows: score, correct, and wanted of each.
        seconds: for all photos.
        tiles: altogether.
    """

    rows: list[tuple[float, bool, bool]] = field(default_factory=list)
    seconds: float = 0.0
    tiles: int = 0

    def recall_at(self, precision: float, wanted: int) -> float:
        """The recall of wanted objects, at the lowest threshold at which all detections have this precision."""
        ranked = np.array(sorted(self.rows, key=lambda row: -row[0]), np.float64).reshape(-1, 3)
        precise = np.cumsum(ranked[:, 1]) / np.arange(1, len(ranked) + 1) >= precision
        count = int(np.flatnonzero(precise).max(initial=-1)) + 1
        return float(ranked[:count, 2].sum()) / wanted


def measure(detector: Detector, photos: Sequence[Labelled], ways: dict[str, Tiling | None]) -> dict[str, Tally]:
    """Detects in photos with several tilings, in turn, so that other load on the machine affects them alike."""
    model = detector.models.choose()
    tallies = {way: Tally() for way in ways}
    for index, photo in enumerate([photos[0], *photos]):
        for way, tiling in ways.items():
            started = time.perf_counter()
            found = detector.detect(photo.content, [Query(model, CRITERIA, tiling)])
            seconds = time.perf_counter() - started
            if index:  # the first is for warming up
                verdicts = judge(photo, found.boxes_xyxy, found.labels)
                tallies[way].rows += [
                    (score, *each) for score, each in zip(found.scores.tolist(), verdicts, strict=True)
                ]
                tallies[way].seconds += seconds
                tallies[way].tiles += len(found.stats[0].grid.regions())
    return tallies


def load(folder: Path, model: str) -> Detector:
    """A detector with a model of a folder as default."""
    cpus = usable_cpus()
    admission = Admission(AdmissionLimits(cpus))
    return Detector(ModelFolder(folder, Runtime(threads=cpus), model), ImageLimits(), admission)


def report(title: str, detector: Detector, photos: Sequence[Labelled], ways: Sequence[str]) -> None:
    """Prints a table for one model and one set of photos."""
    wanted = sum(int(photo.wanted.sum()) for photo in photos)
    print(f"\n{title}: {len(photos)} photos, {wanted} objects", flush=True)
    print(f"{'':8}tiles  recall at precision {''.join(f'{each:6}' for each in PRECISIONS)}    time  per tile")
    tallies = measure(detector, photos, {way: WAYS[way] for way in ways})
    for way, tally in tallies.items():
        tiles, times = tally.tiles / len(photos), tally.seconds / tallies["whole"].seconds
        recalls = "".join(f"{tally.recall_at(each, wanted):6.2f}" for each in PRECISIONS)
        per_tile = f"{(times - 1) / tiles:9.2f}" if tiles else ""
        print(f"{way:8}{tiles:5.1f}{'':21}{recalls}  {times:6.1f}{per_tile}", flush=True)


def main(assets: Path) -> None:
    """Prints all tables."""
    report("cones in scenes, bundled model", load(ROOT / "models", "safetycone"), list(cone_scenes(assets)), list(WAYS))
    photos = coco_photos(assets)
    for model in MODELS:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(assets / "models" / f"{model}.tflite", folder)
            shutil.copy(assets / "labels" / "coco_80.txt", Path(folder, f"{model}.txt"))
            report(f"COCO's smallest third, {model}", load(Path(folder), model), photos, ["whole", "3x2", "4x3"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
