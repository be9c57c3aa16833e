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

# Tolerances for boxes and scores; one number in a hundred may exceed them.
MAX_STEPS = 3  # of a quantised output
MAX_DIFFERENCE = 5e-4  # of a float output, since constants may be float16


def rewritten_if_equivalent(
    file: ModelFile, family: Family, rewrite: Callable[[], tuple[ModelFile, Family] | None]
) -> tuple[ModelFile, Family]:
    """The rewritten file and its family if they are equivalent, else the originals.

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
        pass  # one of the two cannot be run, or has other outputs than it announces
    return file, family


def _is_equivalent(file: ModelFile, family: Family, rewritten: ModelFile, rewritten_family: Family) -> bool:
    """True if both find the same in an image of noise.

    Each runs in a fresh interpreter, so this also rejects a model that answers differently each time.
    """
    interpreters = file.interpreter, rewritten.interpreter
    with ThreadPoolExecutor(len(interpreters)) as threads:  # runtimes release the GIL
        list(threads.map(_run, interpreters, (family, rewritten_family)))
    with np.errstate(invalid="ignore", over="ignore"):  # for models whose outputs are nonsense
        wanted, found = _boxes_and_scores(file, family), _boxes_and_scores(rewritten, rewritten_family)
        tolerance = max(MAX_DIFFERENCE, MAX_STEPS * file.outputs[0].scale)
        return wanted.shape == found.shape and bool(np.quantile(np.abs(wanted - found), 0.99) <= tolerance)


def _boxes_and_scores(file: ModelFile, family: Family) -> NDArray[np.float64]:
    """All boxes that a file found, in fractions, with the scores of their best classes: [N, 5]."""
    found = family.decode(Outputs(file.interpreter, file.outputs), -math.inf)
    return np.column_stack([found.boxes_xyxy, found.scores])


def _run(interpreter: Interpreter, family: Family) -> None:
    """Runs a model on an image of noise."""
    image_input = family.input
    width, height = image_input.width, image_input.height
    noise_rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    interpreter.set_tensor(image_input.tensor.index, image_input.fill(noise_rgb, image_input.place(width, height)))
    interpreter.invoke()
