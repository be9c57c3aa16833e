"""Opens the photos of a listing and turns their boxes into pixels."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from tqdm import tqdm

from detector import ImageLimits, ImageTooLarge, UnreadableImage
from detector.images import decode
from training.data.listing import FRACTIONS, Entry
from training.data.photo import IGNORED, Photo

LIMITS = ImageLimits(pixels=200_000_000, side=32_768)
# Proportions differ by no more than this if a photo has only been scaled since it was annotated.
MAX_DISTORTION = 0.02
# EXIF orientations that swap a photo's sides (CIPA DC-008, section 4.6.5.1.9): whether the upright x counts from the
# bottom of the stored photo instead of its top, and the upright y from its right instead of its left.
SIDEWAYS = {5: (False, False), 6: (True, False), 7: (True, True), 8: (False, True)}


def load(entries: list[Entry], class_of: dict[str, int], longest: int, describe: str) -> tuple[list[Photo], list[str]]:
    """Opens photos, several at a time.

    Args:
        entries: photos and boxes.
        class_of: class ids by label.
        longest: photos are shrunk to at most this many pixels per side, since all are held in memory.
        describe: text of the progress bar.

    Returns:
        The photos that can be read, and what was refused.
    """
    photos, refused = [], []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        opened = pool.map(lambda entry: _open(entry, class_of, longest), entries)
        for photo, sentences in tqdm(opened, desc=describe, total=len(entries), unit="photo", disable=None):
            refused += sentences
            if photo:
                photos.append(photo)
    return photos, refused


def _open(entry: Entry, class_of: dict[str, int], longest: int) -> tuple[Photo | None, list[str]]:
    try:
        pixels = decode(entry.photo.read_bytes(), LIMITS)
    except (OSError, UnreadableImage, ImageTooLarge):
        return None, [f"{entry.photo.name}: not a readable photo, left out"]
    height, width = pixels.shape[:2]
    fractions, refused = _fractions(entry, width, height)
    boxes: dict[tuple[float, ...], None] = {}  # each once, in order
    for box, corners in zip(entry.boxes, fractions, strict=True):
        clipped = np.clip(corners, 0, 1)
        row = (*clipped, IGNORED if box.ignored else class_of[box.label])
        if not (np.isfinite(corners).all() and (clipped[2:] > clipped[:2]).all()):
            refused.append(f"{box.where}: the box has no area inside the photo")
        elif row in boxes:
            refused.append(f"{box.where}: the same box again")
        else:
            boxes[row] = None
    shrink = min(1.0, longest / max(width, height))
    if shrink < 1:
        size = max(1, round(width * shrink)), max(1, round(height * shrink))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    scale = np.array([pixels.shape[1], pixels.shape[0]] * 2, np.float32)
    rows = np.array(list(boxes), np.float64).reshape(-1, 5)
    return Photo(entry.photo.name, pixels, rows[:, :4].astype(np.float32) * scale, rows[:, 4].astype(np.int64)), refused


def _fractions(entry: Entry, width: int, height: int) -> tuple[NDArray[np.float64], list[str]]:
    """Boxes [K, 4] in fractions of the upright photo, not clipped, and warnings."""
    corners = np.array([box.xyxy for box in entry.boxes], np.float64).reshape(-1, 4)
    if entry.size == FRACTIONS:
        return corners, []
    stated = entry.size or (width, height)
    corners /= [*stated, *stated]
    if _alike(stated, (width, height)):
        return corners, []
    orientation = _orientation(entry.photo)
    if orientation in SIDEWAYS and _alike(stated, (height, width)):
        return _upright(corners, orientation), []
    sizes = f"{stated[0]:g} x {stated[1]:g} pixels, the photo has {width} x {height}"
    return corners, [f"{entry.photo.name}: annotated at {sizes}: its boxes are scaled"]


def _alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """True if two sizes have the same proportions."""
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) <= MAX_DISTORTION


def _upright(corners: NDArray[np.float64], orientation: int) -> NDArray[np.float64]:
    """Boxes of the stored photo on the upright one, for orientations that swap its sides."""
    x_from_bottom, y_from_right = SIDEWAYS[orientation]
    xs, ys = corners[:, 1::2], corners[:, ::2]
    xs = 1 - xs[:, ::-1] if x_from_bottom else xs
    ys = 1 - ys[:, ::-1] if y_from_right else ys
    return np.stack([xs[:, 0], ys[:, 0], xs[:, 1], ys[:, 1]], axis=1)


def _orientation(photo: Path) -> int:
    """The EXIF orientation; 1 if there is none."""
    try:
        with Image.open(photo) as image:
            return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (OSError, ValueError, SyntaxError):
        return 1
