"""Replaces a model by a faster equivalent, after checking that both detect the same."""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from detector.errors import UnusableModel
from detector.families import Family
from detector.files import ModelFile
from detector.tflite import Interpreter, Outputs

ROUNDINGS = 3  # how many of an output's steps boxes and scores may be off, but for one number in a hundred
CLOSE = 5e-4  # the same where the output is not rounded, but constants may be float16


def rewritten_if_equivalent(
    file: ModelFile, family: Family, rewrite: Callable[[], tuple[ModelFile, Family] | None]
) -> tuple[ModelFile, Family]:
    """The rewritten file and its family if they are equivalent, else the original ones.

    Args:
        file: any.
        family: the file's.
        rewrite: rewrites the file; returns None if it cannot.
    """
    try:
        rewritten = rewrite()
        if rewritten and _is_equivalent(file, family, *rewritten):
            return rewritten
    except (UnusableModel, RuntimeError, ValueError, IndexError):
        pass  # one of the two cannot be run, or gives other outputs than it announces
    return file, family


def _is_equivalent(file: ModelFile, family: Family, rewritten: ModelFile, rewritten_family: Family) -> bool:
    """True if both find the same in an image of noise.

    Each runs in a fresh interpreter, so a model that answers differently each time is found out here, too.
    """
    interpreters = file.interpreter, rewritten.interpreter
    with ThreadPoolExecutor(len(interpreters)) as threads:  # runtimes let go of Python's lock
        list(threads.map(_run, interpreters, (family, rewritten_family)))
    with np.errstate(invalid="ignore", over="ignore"):  # for models whose outputs are nonsense
        wanted, found = _boxes_and_scores(file, family), _boxes_and_scores(rewritten, rewritten_family)
        tolerance = max(CLOSE, ROUNDINGS * file.outputs[0].scale)
        return wanted.shape == found.shape and bool(np.quantile(np.abs(wanted - found), 0.99) <= tolerance)


def _boxes_and_scores(file: ModelFile, family: Family) -> NDArray[np.float64]:
    """All boxes that a file has found, fractions, with the score of their best class: [N, 5]."""
    found = family.decode(Outputs(file.interpreter, file.outputs), -math.inf)
    return np.column_stack([found.boxes_xyxy, found.scores])


def _run(interpreter: Interpreter, family: Family) -> None:
    """Runs a model on an image of noise."""
    image = family.input
    noise_rgb = np.random.default_rng(0).integers(0, 256, (image.height, image.width, 3)).astype(np.uint8)
    interpreter.set_tensor(image.tensor.index, image.fill(noise_rgb, image.place(image.width, image.height)))
    interpreter.invoke()
