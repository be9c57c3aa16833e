"""The predictors that are measured: a network in training, or any model that the service serves."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from detector import Criteria, Model, Runtime, UnusableModel
from detector.boxes import Candidates, clip, select
from training.data import Photo, letterbox
from training.network import Network, normalise, points

# As COCO measures: nearly every score counts, at most 100 boxes per photo.
CRITERIA = Criteria(score=0.01, width=0.0, height=0.0, iou=0.6, per_class=True, max_results=100)
TIMED = 50


class Predictor(Protocol):
    """Something that finds objects in images."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in class order."""

    def candidates(self, pixels: NDArray[np.uint8]) -> Candidates:
        """Boxes before NMS, in fractions of the image uint8 [H, W, 3]."""

    def milliseconds(self) -> float:
        """Median time per image; 0 if it says nothing about the service's."""


class TorchPredictor:
    """A network in PyTorch, as it is while it learns."""

    def __init__(self, network: Network, names: list[str], device: torch.device | None = None) -> None:
        """Puts the network into evaluation mode."""
        self.labels = tuple(names)
        self._network = network.eval()
        self._device = device or torch.device("cpu")
        self._size: int = network.settings["size"]
        self._points = points(self._size)

    @torch.inference_mode()
    def candidates(self, pixels: NDArray[np.uint8]) -> Candidates:
        """See Predictor."""
        square, placement = letterbox(pixels, self._size)
        logits, distances = self._network(normalise(torch.from_numpy(square[None])).to(self._device))
        scores = logits[0].sigmoid().float().cpu().numpy()
        sides = distances[0].float().cpu().numpy() * self._points[:, 2:]
        boxes = np.concatenate([self._points[:, :2] - sides[:, :2], self._points[:, :2] + sides[:, 2:]], 1)
        return Candidates.above(CRITERIA.score, clip(placement.to_image(boxes / self._size)), scores)

    def milliseconds(self) -> float:
        """See Predictor."""
        return 0.0


class TflitePredictor:
    """A .tflite file of any family, run by the service's own code."""

    def __init__(self, file: Path, threads: int = 1) -> None:
        """Loads the file with its labels and its sidecar.

        Raises:
            ValueError: the service would refuse the file; the message says why.
        """
        try:
            self._model = Model.load(file, Runtime(threads=threads))
        except UnusableModel as error:
            raise ValueError(str(error)) from error
        self.labels = self._model.family.labels
        self._alone = threads > 1

    def candidates(self, pixels: NDArray[np.uint8]) -> Candidates:
        """See Predictor."""
        return self._model.candidates(pixels, CRITERIA.score, alone=self._alone)

    def milliseconds(self) -> float:
        """Median milliseconds per image that has the input's size: network, decoding of its outputs."""
        image = np.full((self._model.family.input.height, self._model.family.input.width, 3), 128, np.uint8)
        took = []
        for _ in range(TIMED):
            start = time.perf_counter()
            self._model.candidates(image, 0.3, alone=self._alone)
            took.append(time.perf_counter() - start)
        return float(np.median(took)) * 1000


def find(predictor: Predictor, photos: list[Photo], names: list[str]) -> list[Candidates]:
    """Finds objects in photos.

    Args:
        predictor: the network or the model.
        photos: the photos.
        names: the labels of the photos' boxes.

    Returns:
        Per photo: boxes in fractions of it, best score first; class ids are indices of `names`.

    Raises:
        ValueError: the predictor knows none of the labels.
    """
    classes = _classes(predictor.labels, names)
    found = []
    for photo in tqdm(photos, desc="measuring", unit="photo", disable=None, leave=False):
        kept, _ = select(predictor.candidates(photo.pixels), CRITERIA, predictor.labels)
        class_ids = classes[kept.class_ids]
        found.append(Candidates(kept.boxes_xyxy, kept.scores, class_ids).take(class_ids >= 0))
    return found


def _classes(labels: tuple[str, ...], names: list[str]) -> NDArray[np.intp]:
    """By class of the predictor: index of its label in `names`, -1 for labels that the photos do not have."""
    index = {name.strip().casefold(): position for position, name in enumerate(names)}
    classes = np.array([index.get(label.strip().casefold(), -1) for label in labels], np.intp)
    if (classes < 0).all():
        if len(labels) == len(names) == 1:
            return np.zeros(1, np.intp)
        raise ValueError(
            f"the model finds {_some(labels)}, the photos are labelled with {_some(names)}: no label is in both"
        )
    return classes


def _some(labels: tuple[str, ...] | list[str]) -> str:
    return ", ".join(labels[:5]) + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")
