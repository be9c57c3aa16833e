"""Simulates light, lenses and compression."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray


def degrade(pixels: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """Changes colour, sharpness, noise and compression of uint8 [H, W, 3], RGB, at random."""
    out = _light(pixels, rng)
    if rng.random() < 0.15:
        out = _blur(out, rng)
    if rng.random() < 0.2:
        grain = rng.normal(0, rng.uniform(2, 14), out.shape).astype(np.float32)
        out = np.clip(out + grain, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        quality = int(rng.integers(25, 90))
        _, packed = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return out


def recolour(pixels: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """Shifts all hues by one random angle and makes colours stronger or weaker."""
    hue, saturation, value = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV))
    levels = np.arange(256)
    turned = ((levels + rng.integers(180)) % 180).astype(np.uint8)
    vivid = np.clip(levels * rng.uniform(0.7, 2.5), 0, 255).astype(np.uint8)
    hsv = cv2.merge([cv2.LUT(hue, turned), cv2.LUT(saturation, vivid), value])
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.uint8)


def _light(pixels: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """Changes hue, saturation, brightness, contrast and gamma; rarely to grey."""
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    hue, saturation, value = cv2.split(hsv)
    levels = np.arange(256, dtype=np.float32)
    turned = ((np.arange(256) + rng.normal(0, 3.5)) % 180).astype(np.uint8)
    gamma = float(np.exp(rng.normal(0, 0.25)))
    lighter = np.clip(255 * (levels / 255) ** gamma * rng.uniform(0.65, 1.3), 0, 255).astype(np.uint8)
    vivid = np.clip(levels * (rng.uniform(0.4, 1.5) if rng.random() < 0.9 else 0.05), 0, 255).astype(np.uint8)
    hsv = cv2.merge([cv2.LUT(hue, turned), cv2.LUT(saturation, vivid), cv2.LUT(value, lighter)])
    out = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    if rng.random() < 0.3:
        balance = np.clip(levels[:, None] * rng.uniform(0.85, 1.15, 3), 0, 255).astype(np.uint8)
        out = cv2.LUT(out, balance.reshape(1, 256, 3))
    return out.astype(np.uint8)


def _blur(pixels: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """Blurs: out of focus, in motion, or at a lower resolution."""
    height, width = pixels.shape[:2]
    kind = rng.integers(3)
    if kind == 0:
        return cv2.GaussianBlur(pixels, (0, 0), float(rng.uniform(0.5, 1.8))).astype(np.uint8)
    if kind == 1:
        length = int(rng.integers(3, 9))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), float(rng.uniform(0, 180)), 1.0)
        turned = np.asarray(cv2.warpAffine(kernel, turn, (length, length)), np.float32)
        return cv2.filter2D(pixels, -1, turned / max(float(turned.sum()), 1e-6)).astype(np.uint8)
    scale = float(rng.uniform(0.4, 0.8))
    small = cv2.resize(pixels, (int(width * scale), int(height * scale)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
