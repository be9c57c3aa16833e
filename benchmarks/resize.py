"""Compares averaging all the way with the detector's way to shrink an image.

Run it with `python -m benchmarks.resize`; the sizes are those of a video frame, Full HD and a phone's photo.
"""

import statistics
import time
from collections.abc import Callable

import cv2
import numpy as np

from detector.images import resize

SIZES = ((1280, 720), (1920, 1080), (4032, 3024))
SIDE = 300
ROUNDS = 15


def seconds(work: Callable[[], object]) -> float:
    """The time that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Prints a line per size: the ratio of the medians of interleaved rounds."""
    print(f"OpenCV {cv2.__version__}, {cv2.getNumThreads()} threads, to {SIDE} x {SIDE}")
    for width, height in SIZES:
        photo = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        rounds = [
            (
                seconds(lambda: cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA)),  # noqa: B023
                seconds(lambda: resize(photo, SIDE, SIDE)),  # noqa: B023
            )
            for _ in range(ROUNDS)
        ]
        averaging, ours = map(statistics.median, zip(*rounds, strict=True))
        print(f"{width} x {height}: averaging all the way takes {averaging / ours:.1f} times as long")


if __name__ == "__main__":
    main()
