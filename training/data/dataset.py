"""Photos and their boxes, read from a folder of images/ and labels/ (YOLO txt: ``class cx cy w h`` in fractions)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from tqdm import tqdm

from training.data.photo import NO_BOXES, NO_CLASSES, Photo

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
NAME_FILES = ("labels.txt", "names.txt", "classes.txt", "obj.names")


@dataclass
class Dataset:
    """What a folder held.

    Attributes:
        names: labels, in class order.
        train: photos to learn from.
        val: photos to measure on.
        negatives: further photos, without any object, to learn from.
        warnings: what was wrong with the folder, one sentence each; none of it stopped the reading.
    """

    names: list[str]
    train: list[Photo]
    val: list[Photo]
    negatives: list[Photo] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_dataset(folder: Path, longest: int, single_name: str, seed: int = 0) -> Dataset:
    """Reads a folder with train/ and val/, or with images/ and labels/ alone, one tenth of which then becomes val.

    Args:
        folder: the folder; also understood are images/train with labels/train, and labels beside their photos.
        longest: photos are shrunk to at most this many pixels a side: they are all held in memory.
        single_name: the label if there is one class and no file names it.
        seed: decides which photos become val.

    Raises:
        FileNotFoundError: no readable photo, or no box, was found.
    """
    warnings: list[str] = []
    parts = _parts(folder)
    names = read_names(folder) or read_names(parts["train"][1])  # labelImg writes them to the labels
    photos = {part: _read_part(images, labels, longest, names, warnings) for part, (images, labels) in parts.items()}
    train, val = photos["train"], photos.get("val", [])
    if not any(len(photo.class_ids) for photo in train):
        raise FileNotFoundError(
            f"no labelled photo in {folder}: expected images/ and labels/ (or train/ and val/ with both)"
        )
    if not names:
        count = 1 + max(int(photo.class_ids.max()) for photo in train if len(photo.class_ids))
        names = [single_name] if count == 1 else [f"class{index}" for index in range(count)]
        warnings.append(f"no file names the classes ({', '.join(NAME_FILES)}, data.yaml): using {', '.join(names)}")
    if "val" not in parts:
        train, val = _split(train, seed)
        warnings.append(
            f"no val/: {len(val)} of {len(train) + len(val)} photos are kept for measuring, chosen by the seed"
        )
    used = Counter(int(index) for photo in train for index in photo.class_ids)
    empty = [name for index, name in enumerate(names) if not used[index]]
    if empty:
        warnings.append(f"no box in train for {len(empty)} of {len(names)} classes: {', '.join(empty)}")
    return Dataset(names, train, val, warnings=warnings)


def read_photos(folder: Path, longest: int, warnings: list[str]) -> list[Photo]:
    """Reads a folder of photos without objects (hard negatives); its labels, if any, are ignored."""
    images = folder / "images" if (folder / "images").is_dir() else folder
    return _read_part(images, None, longest, [], warnings)


def read_names(folder: Path) -> list[str]:
    """Labels from labels.txt and the like, or data.yaml's `names`; empty if there are none."""
    for candidate in NAME_FILES:
        if (folder / candidate).is_file():
            lines = (folder / candidate).read_text("utf-8-sig").splitlines()
            return [line.strip() for line in lines if line.strip()]
    for candidate in ("data.yaml", "data.yml", "dataset.yaml"):
        if (folder / candidate).is_file():
            names = (yaml.safe_load((folder / candidate).read_text("utf-8")) or {}).get("names", [])
            return (
                [str(names[key]) for key in sorted(names)] if isinstance(names, dict) else [str(name) for name in names]
            )
    return []


def parse_labels(text: str, classes: int | None) -> tuple[NDArray[np.float32], NDArray[np.int64], list[str]]:
    """Reads one label file.

    Args:
        text: lines of ``class cx cy w h``, or of ``class x1 y1 x2 y2 x3 y3 …`` (an outline, taken by its bounding box).
        classes: how many labels there are, None if nobody knows yet.

    Returns:
        Boxes float32 [K, 4] (x0, y0, x1, y1 in fractions, clipped to 0..1), class ids int64 [K], and what was refused.
    """
    boxes: list[list[float]] = []
    class_ids: list[int] = []
    refused: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            values = [float(word) for word in line.split()]
            box = _corners(values[1:])
        except ValueError as error:
            refused.append(f"line {number}: {error}")
            continue
        class_id = values[0]
        if not (class_id.is_integer() and 0 <= class_id < (classes or 1 << 16)):
            refused.append(f"line {number}: there is no class {class_id:g}")
        elif not np.isfinite(box).all() or min(box[2] - box[0], box[3] - box[1]) <= 0:
            refused.append(f"line {number}: the box has no area inside the picture")
        elif [*box, class_id] in [[*b, c] for b, c in zip(boxes, class_ids, strict=True)]:
            refused.append(f"line {number}: the same box again")
        else:
            boxes.append(box)
            class_ids.append(int(class_id))
    return np.array(boxes, np.float32).reshape(-1, 4), np.array(class_ids, np.int64), refused


def _corners(values: Sequence[float]) -> list[float]:
    if len(values) == 4:
        cx, cy, width, height = values
        corners = [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2]
    elif len(values) >= 6 and len(values) % 2 == 0:
        corners = [min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])]
    else:
        raise ValueError(f"expected a class and 4 numbers, got {len(values) + 1} words")
    return [min(max(corner, 0.0), 1.0) for corner in corners]


def _parts(folder: Path) -> dict[str, tuple[Path, Path]]:
    for train, val in (("train", "val"), ("train", "valid"), ("train", "test")):
        for pattern in ("{part}/images", "images/{part}"):
            images = {"train": folder / pattern.format(part=train), "val": folder / pattern.format(part=val)}
            if images["train"].is_dir():
                found = {part: path for part, path in images.items() if path.is_dir()}
                if "val" in found or (train, val) == ("train", "test"):
                    return {part: (path, _labels_beside(path)) for part, path in found.items()}
    alone = folder / "images" if (folder / "images").is_dir() else folder
    return {"train": (alone, _labels_beside(alone))}


def _labels_beside(images: Path) -> Path:
    """The labels' folder: labels/ beside images/, labels/train beside images/train, or the photos' own folder."""
    beside = images.parent / "labels" if images.name == "images" else images.parent.parent / "labels" / images.name
    return beside if beside.is_dir() else images


def _read_part(images: Path, labels: Path | None, longest: int, names: list[str], warnings: list[str]) -> list[Photo]:
    files = sorted(file for file in images.iterdir() if file.suffix.lower() in SUFFIXES) if images.is_dir() else []
    photos = []
    for file in tqdm(files, desc=f"reading {images}", unit="photo", disable=None):
        pixels = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if pixels is None:
            warnings.append(f"{file.name}: not a readable photo, left out")
            continue
        boxes, class_ids = NO_BOXES, NO_CLASSES
        label_file = labels / f"{file.stem}.txt" if labels else None
        if label_file and label_file.is_file():
            text = label_file.read_text("utf-8-sig", "replace")
            boxes, class_ids, refused = parse_labels(text, len(names) or None)
            warnings.extend(f"{label_file.name}: {sentence}" for sentence in refused)
        elif label_file:
            warnings.append(f"{file.name}: no label file, taken as a photo without objects")
        shrink = min(1.0, longest / max(pixels.shape[:2]))
        if shrink < 1:
            pixels = cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        height, width = pixels.shape[:2]
        scale = np.array([width, height, width, height], np.float32)
        photos.append(
            Photo(file.name, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB).astype(np.uint8), boxes * scale, class_ids)
        )
    if labels and labels.is_dir():
        stems = {file.stem for file in files} | {Path(name).stem for name in NAME_FILES}
        warnings.extend(
            f"{file.name}: no photo of that name" for file in sorted(labels.glob("*.txt")) if file.stem not in stems
        )
    return photos


def _split(photos: list[Photo], seed: int) -> tuple[list[Photo], list[Photo]]:
    order = np.random.default_rng(seed).permutation(len(photos))
    held = set(order[: max(1, len(photos) // 10)].tolist()) if len(photos) > 1 else set()
    train = [photo for index, photo in enumerate(photos) if index not in held]
    return train, [photos[index] for index in sorted(held)]
