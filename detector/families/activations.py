"""Activation functions that some exports leave to the caller."""

import math

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-6  # more than a probability is off by in float32
MOST_ROUNDING = 0.1  # of probabilities that share a quantised output with boxes
MOST = 80.0  # e**80 is still a float32; nothing sensible is beyond


def safe_exp(numbers: NDArray[np.floating]) -> NDArray[np.floating]:
    """Euler's number to the power of numbers of any shape; never overflows."""
    return np.asarray(np.exp(np.minimum(numbers, MOST)))


def sigmoid(numbers: NDArray[np.floating]) -> NDArray[np.floating]:
    """Probabilities, 0..1, of logits of any shape: 1 / (1 + e**-x)."""
    return np.asarray(1.0 / (1.0 + safe_exp(-numbers)))


def min_logit(probability: float) -> float:
    """The smallest logit whose sigmoid is at least `probability`, 0..1, less rounding; minus infinity for 0.

    A little lower than the probability's own logit, since sigmoid rounds.
    """
    least = probability - ROUNDING
    return math.log(least / (1 - least)) if least > 0 else -math.inf


def softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Probabilities, 0..1, that are 1 together along the last axis [..., B]."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def softmax_mean(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """The mean of 0, 1, … B - 1 along the last axis [..., B], each as likely as the softmax of the logits says."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(weights @ np.arange(logits.shape[-1], dtype=weights.dtype) / weights.sum(axis=-1))


def are_probabilities(numbers: NDArray[np.float32]) -> bool:
    """True where all numbers are from 0 to 1, but for rounding."""
    return bool(((numbers >= -MOST_ROUNDING) & (numbers <= 1 + MOST_ROUNDING)).all())
