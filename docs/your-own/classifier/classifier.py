"""A TFLite classifier behind one object."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np
from numpy.typing import NDArray

from classifier.errors import UnusableModel
from classifier.images import ImageLimits, decode, resize
from classifier.tflite import Interpreter, Runtime, tensors


@dataclass(frozen=True, slots=True)
class Guess:
    """A label and its score, 0..1."""

    label: str
    score: float


class Classifier:
    """Labels photos, several at once."""

    def __init__(
        self, file: Path, limits: ImageLimits, runtime: Runtime, room: Callable[[int], AbstractContextManager[None]]
    ) -> None:
        """Loads a model.

        Args:
            file: a .tflite file; a .txt file of the same name has its labels, one per line.
            limits: for photos.
            runtime: what runs the model.
            room: lends memory to the photos at work.

        Raises:
            UnusableModel: it cannot serve.
        """
        try:
            self._content = file.read_bytes()
            self.labels = file.with_suffix(".txt").read_text("utf-8").splitlines()
        except OSError as error:
            raise UnusableModel(f"{file.name} needs a model and its labels, as {file.stem}.txt.") from error
        self._limits, self._runtime, self._room = limits, runtime, room
        self._idle: SimpleQueue[Interpreter] = SimpleQueue()  # an interpreter is for one caller at a time
        interpreter = runtime.build(self._content)
        [self._input] = tensors(interpreter.get_input_details())
        [self._output] = tensors(interpreter.get_output_details())
        if self._output.shape != (1, len(self.labels)):
            raise UnusableModel(f"{file.name} gives {self._output.dimensions}, but has {len(self.labels)} labels.")
        self._idle.put(interpreter)

    def classify(self, photo: bytes, count: int) -> list[Guess]:
        """The most probable labels of a photo, best first.

        Raises:
            UnreadableImage, ImageTooLarge: the photo cannot be used.
        """
        with ExitStack() as room:
            image_rgb = decode(photo, self._limits, lambda size: room.enter_context(self._room(size)))
            scores = self._scores(image_rgb)
        best = np.argsort(-scores, kind="stable")[:count]
        return [Guess(self.labels[index], float(scores[index])) for index in best]

    def _scores(self, image_rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The score of each label [labels] for an image [height, width, 3]."""
        _, height, width, _ = self._input.shape
        pixels = resize(image_rgb, width, height)[None]
        is_float = self._input.dtype == np.float32
        try:
            interpreter = self._idle.get_nowait()
        except Empty:
            interpreter = self._runtime.build(self._content)
        interpreter.set_tensor(self._input.index, np.float32(pixels / 127.5 - 1) if is_float else pixels)
        interpreter.invoke()
        stored = interpreter.get_tensor(self._output.index)
        self._idle.put(interpreter)
        scores: NDArray[np.float32] = self._output.dequantised(stored)[0]
        return scores
