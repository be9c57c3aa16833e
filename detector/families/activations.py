"""Activation functions that some exports leave to the caller."""

import math

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-6  # more than the error of a probability in float32
MAX_ROUNDING = 0.1  # of probabilities that share a quantised output with boxes
MAX_EXPONENT = 80.0  # e**80 is still a float32; no sensible output is larger


def safe_exp(numbers: NDArray[np.floating]) -> NDArray[np.floating]:
    """The exponential of numbers of any shape; never overflows."""
    return np.asarray(np.exp(np.minimum(numbers, MAX_EXPONENT)))


def sigmoid(numbers: NDArray[np.floating]) -> NDArray[np.floating]:
    """Converts logits of any shape to probabilities, 0..1: 1 / (1 + e**-x)."""
    return np.asarray(1.0 / (1.0 + safe_exp(-numbers)))


def min_logit(probability: float) -> float:
    """The smallest logit whose sigmoid is at least `probability`, 0..1, less rounding; minus infinity for 0."""
    least = probability - ROUNDING
    return math.log(least / (1 - least)) if least > 0 else -math.inf


def softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Converts logits to probabilities, 0..1, that add up to 1 along the last axis [..., B]."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def softmax_mean(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """The mean of 0, 1, … B - 1 along the last axis [..., B], weighted by the softmax of the logits."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(weights @ np.arange(logits.shape[-1], dtype=weights.dtype) / weights.sum(axis=-1))


def are_probabilities(numbers: NDArray[np.float32]) -> bool:
    """True if all numbers are between 0 and 1, except for rounding."""
    return bool(((numbers >= -MAX_ROUNDING) & (numbers <= 1 + MAX_ROUNDING)).all())
