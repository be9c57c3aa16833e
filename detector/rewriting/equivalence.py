"""Making a file another that runs faster, if that answers alike."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from detector.errors import UnusableModel
from detector.families.family import Family
from detector.families.recognition import recognise
from detector.files.modelfile import ModelFile
from detector.tflite.outputs import Answers
from detector.tflite.runtime import LITERT

ROUNDINGS = 3  # how many of an output's steps boxes and scores may be off, but for one number in a hundred
CLOSE = 5e-4  # the same where the output is not rounded, but constants may be float16


def made_alike(file: ModelFile, family: str, make: Callable[[ModelFile], ModelFile | None]) -> ModelFile:
    """What is made of a file of a family, where it answers alike; the file itself otherwise.

    Args:
        file: any.
        family: if the sidecar names another, nothing is made.
        make: gives None for a file that is not of the family, or cannot be made something else.
    """
    if file.sidecar.family not in (None, family):
        return file
    try:
        made = make(file)
        return made if made and _agree(file, made) else file
    except (UnusableModel, RuntimeError, ValueError, IndexError):
        # One of the two cannot be run, or answers otherwise than it announces.
        return file


def _agree(file: ModelFile, made: ModelFile) -> bool:
    """Whether both see the same in a picture of noise, but for what the file's one output is rounded to."""
    with np.errstate(invalid="ignore", over="ignore"):  # for models that answer nonsense
        before, after = _boxes_and_scores(file), _boxes_and_scores(made)
        tolerance = max(CLOSE, ROUNDINGS * file.outputs[0].scale)
        return before.shape == after.shape and bool(np.quantile(np.abs(before - after), 0.99) <= tolerance)


def _boxes_and_scores(file: ModelFile) -> NDArray[np.float64]:
    """All boxes [N, 5] that a file sees, fractions, with the score of their best class."""
    family = recognise(file)
    found = family.decode(answers_to_noise(file, family), -math.inf)
    return np.column_stack([found.boxes_xyxy, found.scores])


def answers_to_noise(file: ModelFile, family: Family) -> Answers:
    """What a file, fed as one of a family, gives for a picture of noise."""
    picture = family.input
    noise_rgb = np.random.default_rng(0).integers(0, 256, (picture.height, picture.width, 3)).astype(np.uint8)
    interpreter = file.interpreter(LITERT)
    interpreter.set_tensor(picture.tensor.index, picture.fill(noise_rgb, family.place(picture.width, picture.height)))
    interpreter.invoke()
    return Answers(interpreter, file.given)
