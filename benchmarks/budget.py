"""Compares the cost of decoding, by format, with its estimate: `python -m benchmarks.budget PHOTO.jpg`.

The photo is enlarged to 12 megapixels and gets noise, since enlarged photos compress better than large ones. Times are
CPU time, divided by that of the photo as a JPEG; a loaded machine slows down both. Linux only.
"""

import io
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from detector.images import MAX_BYTES, MAX_MILLISECONDS, ImageLimits, decode, read_header, total_cost
from tests.support.memory import measured

WIDTH, HEIGHT = 4000, 3000
NOISE = 6  # of 255
ROUNDS = 3
UNBOUNDED = ImageLimits(pixels=10**12, side=10**6)

FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("JPEG", {"quality": 90}),
    "progressive JPEG": ("JPEG", {"quality": 90, "progressive": True}),
    "PNG": ("PNG", {"compress_level": 1}),
    "WebP": ("WEBP", {"quality": 85, "method": 0}),
    "lossless WebP": ("WEBP", {"lossless": True, "quality": 0, "method": 0}),
    "GIF": ("GIF", {}),
    "BMP": ("BMP", {}),
    "TIFF, LZW": ("TIFF", {"compression": "tiff_lzw"}),
    "TIFF, Deflate": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    "AVIF": ("AVIF", {"quality": 75, "speed": 10}),
}


def enlarge(file: Path) -> Image.Image:
    """A photo of 12 megapixels."""
    with Image.open(file) as photo:
        pixels = np.asarray(photo.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), np.int16)
    noise = np.random.default_rng(0).integers(-NOISE, NOISE, pixels.shape, np.int16)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def decoding_cost(data: bytes) -> tuple[float, float]:
    """Milliseconds and megabytes for decoding a file."""
    times, peaks = [], []
    for _ in range(ROUNDS):
        start = time.process_time()
        with measured() as peak:
            decode(data, UNBOUNDED)
        times.append((time.process_time() - start) * 1000)
        peaks.append(peak())
    return min(times), peaks[0]


def main(file: Path) -> None:
    """Prints a table in Markdown."""
    photo = enlarge(file)
    jpeg = 0.0
    print("| format | time | estimated | memory | estimated | at most |\n|---|---|---|---|---|---|")
    for name, (kind, options) in FORMATS.items():
        encoded = io.BytesIO()
        photo.save(encoded, kind, **options)
        data = encoded.getvalue()
        milliseconds, megabytes = decoding_cost(data)
        jpeg = jpeg or milliseconds
        cost = total_cost(read_header(data), 1)
        most = WIDTH * HEIGHT / 1e6 * min(MAX_MILLISECONDS / cost.milliseconds, MAX_BYTES / cost.bytes)
        print(
            f"| {name} | {milliseconds / jpeg:.1f} | {cost.milliseconds / jpeg:.1f} | {megabytes:.0f} MB "
            f"| {cost.bytes / 1e6:.0f} MB | {most:.0f} megapixels |"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
