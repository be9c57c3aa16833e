"""Makes training images: photos cropped, scaled, turned, combined, pasted into each other, and degraded a little."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.data.degradation import degrade, recolour
from training.data.letterboxing import GREY
from training.data.photo import IGNORED, NO_BOXES, NO_CLASSES, Photo

# A box cut by the image's edge counts if at least this part of it is visible.
MIN_VISIBLE = 0.4
MIN_SIDE = 3.0


@dataclass(frozen=True)
class Sample:
    """One training image.

    Attributes:
        pixels: uint8 [S, S, 3], RGB.
        boxes_xyxy: float32 [K, 4], pixels.
        class_ids: int64 [K].
    """

    pixels: NDArray[np.uint8]
    boxes_xyxy: NDArray[np.float32]
    class_ids: NDArray[np.int64]


class Augmentation:
    """Makes training images of a fixed size from photos with objects and photos without."""

    def __init__(self, photos: list[Photo], negatives: list[Photo], size: int) -> None:
        """Sorts the photos.

        Args:
            photos: labelled photos, some of which may be empty.
            negatives: further photos without any object, hard ones at best.
            size: side of the square, pixels.
        """
        self._positives = [photo for photo in photos if photo.objects]
        self._empty = [photo for photo in photos if not photo.objects]
        self._negatives = negatives
        self._size = size

    def __call__(self, rng: Generator, *, plain: bool = False) -> Sample:
        """Makes one image.

        Args:
            rng: the only source of randomness.
            plain: without mosaics, as in the last steps of training, whose images should look like the service's.
        """
        if not plain and rng.random() < 0.45:
            sample = self._mosaic(rng)
        else:
            photo = self._draw(rng)
            sample = _place(photo, rng, (self._size, self._size), (0.5, 1.5) if plain else (0.4, 1.8))
        if not len(sample.class_ids) and rng.random() < 0.35:
            # Nothing here is an object in any colour: the network learns that colour alone is not enough.
            sample = Sample(recolour(sample.pixels, rng), sample.boxes_xyxy, sample.class_ids)
        if rng.random() < 0.4:
            sample = self._paste(sample, rng)
        return Sample(degrade(sample.pixels, rng), sample.boxes_xyxy, sample.class_ids)

    def _draw(self, rng: Generator) -> Photo:
        pools = [(0.62, self._positives), (0.1, self._empty), (0.28, self._negatives)]
        pools = [(weight, pool) for weight, pool in pools if pool]
        weights = np.array([weight for weight, _ in pools])
        pool = pools[int(rng.choice(len(pools), p=weights / weights.sum()))][1]
        return pool[int(rng.integers(len(pool)))]

    def _mosaic(self, rng: Generator) -> Sample:
        """Joins four photos at a random centre (Bochkovskiy et al., YOLOv4, arXiv 2004.10934, figure 3)."""
        size = self._size
        middle_x, middle_y = (rng.uniform(0.3, 0.7, 2) * size).astype(int)
        pixels = np.empty((size, size, 3), np.uint8)
        boxes, class_ids = [NO_BOXES], [NO_CLASSES]
        for x0, x1 in ((0, middle_x), (middle_x, size)):
            for y0, y1 in ((0, middle_y), (middle_y, size)):
                part = _place(self._draw(rng), rng, (x1 - x0, y1 - y0), (0.6, 2.5))
                pixels[y0:y1, x0:x1] = part.pixels
                boxes.append(part.boxes_xyxy + np.array([x0, y0, x0, y0], np.float32))
                class_ids.append(part.class_ids)
        return Sample(pixels, np.concatenate(boxes), np.concatenate(class_ids))

    def _paste(self, sample: Sample, rng: Generator) -> Sample:
        """Copies objects from other photos, sometimes a patch without one (Ghiasi et al., arXiv 2012.07177)."""
        size = self._size
        pixels, boxes, class_ids = sample.pixels, list(sample.boxes_xyxy), list(sample.class_ids)
        for _ in range(int(rng.integers(1, 4))):
            donor = self._positives[int(rng.integers(len(self._positives)))]
            index = int(rng.choice(np.flatnonzero(donor.class_ids != IGNORED)))
            decoy = rng.random() < 0.35
            box = donor.boxes_xyxy[index]
            if decoy:
                donor = self._draw(rng)
                box = _somewhere(donor, rng)
            side = float(np.exp(rng.uniform(np.log(12), np.log(0.6 * size))))
            patch = _cut(donor.pixels, box, side / float((box[2:] - box[:2]).max()), bool(rng.random() < 0.5))
            if patch is None or (decoy and _touches(box, donor.boxes_xyxy)):
                continue
            cut, inner = patch
            if decoy and rng.random() < 0.6:
                cut = recolour(cut, rng)
            room = size - np.array([cut.shape[1], cut.shape[0]])
            if (room <= 0).any():
                continue
            x, y = (int(v) for v in rng.integers(0, room))
            placed = np.array(inner, np.float32) + np.array([x, y, x, y], np.float32)
            if _touches(placed, np.array(boxes, np.float32).reshape(-1, 4)):
                continue
            pixels = _blend(pixels, cut, inner, x, y)
            if not decoy:
                boxes.append(placed)
                class_ids.append(donor.class_ids[index])
        return Sample(pixels, np.array(boxes, np.float32).reshape(-1, 4), np.array(class_ids, np.int64))


def _place(photo: Photo, rng: Generator, canvas_size: tuple[int, int], zoom: tuple[float, float]) -> Sample:
    """Puts a photo on a canvas (width, height): random zoom from the letterbox's, position, turn and mirroring."""
    width, height = canvas_size
    photo_height, photo_width = photo.pixels.shape[:2]
    fit = min(width / photo_width, height / photo_height)
    scale = fit * float(np.exp(rng.uniform(*np.log(zoom))))
    stretch = float(np.exp(rng.normal(0, 0.08)))
    angle = float(rng.uniform(-10, 10)) if rng.random() < 0.3 else 0.0
    if rng.random() < 0.08:
        angle += float(rng.choice([-90, 90]))
    across, down = scale * stretch * (1 if rng.random() < 0.5 else -1), scale
    turn = np.deg2rad(angle)
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.diag([across, down])
    # The photo's centre leaves the canvas's only as far as the photo is larger than the canvas.
    slack = np.abs(np.array([width - photo_width * scale, height - photo_height * scale])) / 2
    middle = np.array([width, height]) / 2 + rng.uniform(-1, 1, 2) * (slack + 0.05 * np.array([width, height]))
    pixels = photo.pixels
    if scale < 0.5:
        pixels = cv2.resize(pixels, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    shrunk = np.array([pixels.shape[1] / photo_width, pixels.shape[0] / photo_height])
    shift = middle - linear @ np.array([photo_width, photo_height]) / 2
    matrix = np.hstack([linear / shrunk, shift[:, None]])
    border = GREY if rng.random() < 0.7 else int(rng.integers(256))
    canvas = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(border,) * 3)
    boxes = _turn(photo.boxes_xyxy, linear, shift)
    boxes, keep = _visible(boxes, width, height)
    return Sample(canvas.astype(np.uint8), boxes, photo.class_ids[keep])


def _turn(boxes: NDArray[np.float32], linear: NDArray[np.float64], shift: NDArray[np.float64]) -> NDArray[np.float32]:
    """Boxes [K, 4] after x -> linear x + shift, as if of ellipses: hulls of the turned corners would be too large."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 @ linear.T + shift
    half = np.sqrt(((boxes[:, 2:] - boxes[:, :2]) / 2) ** 2 @ (linear**2).T)
    return np.concatenate([middle - half, middle + half], 1).astype(np.float32)


def _visible(boxes: NDArray[np.float32], width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    clipped = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
    sides, whole = clipped[:, 2:] - clipped[:, :2], boxes[:, 2:] - boxes[:, :2]
    keep = (sides.min(1, initial=np.inf) >= MIN_SIDE) & (sides.prod(1) >= MIN_VISIBLE * whole.prod(1))
    return clipped[keep], keep


def _somewhere(photo: Photo, rng: Generator) -> NDArray[np.float32]:
    height, width = photo.pixels.shape[:2]
    sides = np.array([width, height]) * rng.uniform(0.1, 0.4, 2)
    corner = rng.uniform(0, 1, 2) * (np.array([width, height]) - sides)
    return np.concatenate([corner, corner + sides]).astype(np.float32)


def _touches(box: NDArray[np.float32], others: NDArray[np.float32]) -> bool:
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    return bool(((high - low).min(1, initial=np.inf) > 0).any())


def _cut(
    pixels: NDArray[np.uint8], box: NDArray[np.float32], scale: float, mirrored: bool
) -> tuple[NDArray[np.uint8], list[float]] | None:
    """A box's pixels with a tenth of margin, scaled, and the box within them (x0, y0, x1, y1, pixels of the cut)."""
    height, width = pixels.shape[:2]
    margin = 0.1 * (box[2:] - box[:2])
    low = np.maximum(np.floor(box[:2] - margin), 0).astype(int)
    high = np.minimum(np.ceil(box[2:] + margin), [width, height]).astype(int)
    target = ((high - low) * scale).round().astype(int)
    if scale > 2.5 or target.min() < 4:
        return None
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    cut = cv2.resize(pixels[low[1] : high[1], low[0] : high[0]], target.tolist(), interpolation=method)
    ratio = target / (high - low)
    x0, y0 = (box[:2] - low) * ratio
    x1, y1 = (box[2:] - low) * ratio
    if mirrored:
        cut, x0, x1 = cut[:, ::-1], target[0] - x1, target[0] - x0
    return cut.astype(np.uint8), [float(x0), float(y0), float(x1), float(y1)]


def _blend(pixels: NDArray[np.uint8], cut: NDArray[np.uint8], inner: list[float], x: int, y: int) -> NDArray[np.uint8]:
    """Pastes with an edge that fades over the margin, so that no hard edge gives the object away."""
    height, width = cut.shape[:2]
    columns, rows = np.arange(width) + 0.5, np.arange(height) + 0.5
    fade_x = np.minimum(columns / max(inner[0], 1), (width - columns) / max(width - inner[2], 1))
    fade_y = np.minimum(rows / max(inner[1], 1), (height - rows) / max(height - inner[3], 1))
    mask = np.clip(np.minimum(fade_x[None], fade_y[:, None]), 0, 1)[..., None]
    out: NDArray[np.uint8] = pixels.copy()
    under = out[y : y + height, x : x + width]
    out[y : y + height, x : x + width] = (cut * mask + under * (1 - mask)).astype(np.uint8)
    return out
