"""Functions that networks leave to the reader of their outputs."""

import math

import numpy as np
from numpy.typing import NDArray

MOST = 80.0  # e**80 is still a float32; nothing sensible is beyond


def exponential(numbers: NDArray[np.floating]) -> NDArray[np.floating]:
    """Euler's number to the power of numbers of any shape; never overflows."""
    return np.asarray(np.exp(np.minimum(numbers, MOST)))


def logistic(numbers: NDArray[np.floating]) -> NDArray[np.floating]:
    """Probabilities, 0..1, of logits of any shape: 1 / (1 + e**-x)."""
    return np.asarray(1.0 / (1.0 + exponential(-numbers)))


def logit(probability: float) -> float:
    """The number whose logistic is a probability below 1; minus infinity for 0, and for less."""
    return math.log(probability / (1 - probability)) if probability > 0 else -math.inf
