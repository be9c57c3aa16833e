"""What a network or an exported model finds in photos, with the service's own pre- and post-processing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from tqdm import tqdm

from training.checkpoint import Checkpoint
from training.dataset import Photo
from training.geometry import MEAN, STD, decode, letterbox, points
from training.measure import Found, select
from training.network import Detector

# Takes normalised pictures [1, S, S, 3], gives scores [N, C] and distances [N, 4].
Predict = Callable[[NDArray[np.float32]], tuple[NDArray[np.float32], NDArray[np.float32]]]


def find(predict: Predict, size: int, photos: list[Photo], describe: str = "measuring") -> list[Found]:
    """Detections in each photo.

    Args:
        predict: the network.
        size: side of its input, pixels.
        photos: what to look at.
        describe: the progress bar's text.
    """
    at = points(size)
    found = []
    for photo in tqdm(photos, desc=describe, unit="photo", leave=False):
        square, scale, left, top = letterbox(photo.pixels, size)
        scores, distances = predict(((square.astype(np.float32) - MEAN) / STD)[None])
        boxes = (decode(distances, at) - np.array([left, top, left, top], np.float32)) / np.float32(scale)
        found.append(select(scores, boxes, photo))
    return found


class Network:
    """The PyTorch network as a predictor.

    Attributes:
        size: side of the input, pixels.
    """

    def __init__(self, detector: Detector, device: torch.device | None = None) -> None:
        """Takes a network and puts it into evaluation mode."""
        self._detector = detector.eval()
        self._device = device or torch.device("cpu")
        self.size: int = detector.settings["size"]

    @torch.inference_mode()
    def __call__(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scores [N, C] and distances [N, 4] of normalised pictures [1, S, S, 3]."""
        logits, distances = self._detector(torch.from_numpy(images).permute(0, 3, 1, 2).to(self._device))
        return logits[0].sigmoid().float().cpu().numpy(), distances[0].float().cpu().numpy()

    def invoke_ms(self) -> float:
        """0: only an exported model's time says something about the service's."""
        return 0.0


class Model:
    """An exported .tflite file.

    Attributes:
        size: side of the input, pixels.
        classes: how many labels it tells apart.
    """

    def __init__(self, file: Path, threads: int = 1) -> None:
        """Loads the file into LiteRT.

        Raises:
            ValueError: the file's outputs are not scores and distances.
        """
        self._interpreter = Interpreter(str(file), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self.size = int(self._input["shape"][1])
        outputs = self._interpreter.get_output_details()
        count = len(points(self.size))
        if len(outputs) != 2 or any(output["shape"][1] != count for output in outputs):
            raise ValueError(f"{file.name} does not give scores and distances of {count} points")
        self._scores, self._distances = _told_apart(outputs)
        self.classes = int(self._scores["shape"][2])

    def __call__(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scores [N, C] and distances [N, 4] of normalised pictures [1, S, S, 3]."""
        self._interpreter.set_tensor(self._input["index"], _quantise(images, self._input))
        self._interpreter.invoke()
        return self._real(self._scores), self._real(self._distances)

    def invoke_ms(self, repeats: int = 50) -> float:
        """Median milliseconds of one invocation."""
        took = []
        for _ in range(repeats):
            start = time.perf_counter()
            self._interpreter.invoke()
            took.append(time.perf_counter() - start)
        return float(np.median(took)) * 1000

    def _real(self, tensor: dict[str, Any]) -> NDArray[np.float32]:
        values = self._interpreter.get_tensor(tensor["index"])[0].astype(np.float32)
        scale, zero = tensor["quantization"]
        real: NDArray[np.float32] = (values - np.float32(zero)) * np.float32(scale) if scale else values
        return real


def load(file: Path, threads: int) -> tuple[Model | Network, list[str]]:
    """A .tflite file or a checkpoint as a predictor, and its labels (none if no NAME.txt lies beside NAME.tflite)."""
    if file.suffix == ".tflite":
        labels = file.with_suffix(".txt")
        return Model(file, threads), labels.read_text("utf-8").splitlines() if labels.is_file() else []
    torch.set_num_threads(threads)
    checkpoint = Checkpoint.load(file)
    return Network(checkpoint.detector()), checkpoint.names


def _told_apart(outputs: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Scores, then distances. With four classes both have four columns: then the names that the export gave decide."""
    with_four = [output for output in outputs if output["shape"][2] == 4]
    distances = with_four[0] if len(with_four) == 1 else max(outputs, key=lambda output: str(output["name"]))
    scores = next(output for output in outputs if output is not distances)
    return scores, distances


def _quantise(images: NDArray[np.float32], tensor: dict[str, Any]) -> NDArray[Any]:
    if tensor["dtype"] == np.float32:
        return images
    scale, zero = tensor["quantization"]
    limits = np.iinfo(tensor["dtype"])
    quantised: NDArray[Any] = np.clip(np.round(images / scale) + zero, limits.min, limits.max).astype(tensor["dtype"])
    return quantised
