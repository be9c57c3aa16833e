"""One model that is ready to look at pictures."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.candidates import Candidates
from detector.errors import UnusableModel
from detector.families import Family, recognise
from detector.geometry import clip
from detector.modelfile import ModelFile
from detector.pool import Pool
from detector.runtime import Interpreter


class Model:
    """A recognised model file with its interpreters.

    Attributes:
        file: its facts.
        family: how it is fed and decoded.
    """

    def __init__(self, file: ModelFile, family: Family, pool: Pool) -> None:
        self.file = file
        self.family = family
        self._pool = pool

    @classmethod
    def load(cls, path: Path, build: Callable[[bytes], Interpreter], interpreters: int) -> "Model":
        """Read and recognise a file; interpreters are built later, when pictures come.

        Args:
            path: a .tflite file.
            build: makes an interpreter of a file's bytes.
            interpreters: how many may run at once.

        Raises:
            UnusableModel: the file cannot serve; the message names it and says why and what to do.
        """
        try:
            file = ModelFile.read(path)
            family = recognise(file)
        except UnusableModel as error:
            raise UnusableModel(f"{path.name} {error}") from error
        except OSError as error:
            raise UnusableModel(
                f"{path.name}, or what lies beside it, cannot be read: let the service's user read it."
            ) from error
        return cls(file, family, Pool(lambda: build(file.content), interpreters))

    @property
    def name(self) -> str:
        """What callers call it."""
        return self.file.name

    @property
    def labels(self) -> tuple[str, ...]:
        """What it finds, in class order."""
        return self.family.labels

    def candidates(self, image_rgb: NDArray[np.uint8], lowest: float) -> Candidates:
        """All that the model proposes for a picture.

        Args:
            image_rgb: upright pixels [height, width, 3].
            lowest: the score, 0..1, below which candidates are only counted.

        Returns:
            Candidates in fractions of the picture, clipped to it; those that are no numbers are only counted.
        """
        picture = self.family.input
        height, width = image_rgb.shape[:2]
        placement = self.family.place(width, height)
        with self._pool.interpreter() as interpreter:
            interpreter.set_tensor(picture.tensor.index, picture.fill(image_rgb, placement))
            interpreter.invoke()
            outputs = {output.index: output.real(interpreter.get_tensor(output.index)) for output in self.file.outputs}
        with np.errstate(invalid="ignore", over="ignore"):  # for models that answer nonsense
            found = self.family.decode(outputs, lowest)
            boxes_xyxy = clip(placement.to_picture(found.boxes_xyxy))
        sound = np.isfinite(found.scores) & np.isfinite(boxes_xyxy).all(axis=1)
        # Quantisation may round a score to a little more than 1.
        clipped = replace(found, boxes_xyxy=boxes_xyxy, scores=np.minimum(found.scores, 1.0))
        return replace(clipped.take(sound), unlisted=found.unlisted + int(np.count_nonzero(~sound)))
