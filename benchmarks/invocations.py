"""Measures models' invocations relative to the last model's: LiteRT, one thread, in turn.

    .venv/bin/python -m benchmarks.invocations MODEL.tflite ... REFERENCE.tflite

It prints the ratio of medians for each.
"""

import statistics
import sys
import time
from pathlib import Path

import numpy as np

from detector.tflite import LITERT, Interpreter

ROUNDS = 200
WARM_UP = 10


def ready(path: Path) -> Interpreter:
    """An interpreter with noise as input."""
    interpreter = LITERT.build(path.read_bytes())
    image_input = interpreter.get_input_details()[0]
    noise = np.random.default_rng(0).integers(0, 100, image_input["shape"])
    interpreter.set_tensor(image_input["index"], noise.astype(image_input["dtype"]))
    return interpreter


def main(paths: list[Path]) -> None:
    """Prints the ratios of the medians."""
    interpreters = [ready(path) for path in paths]
    seconds: list[list[float]] = [[] for _ in paths]
    for number in range(WARM_UP + ROUNDS):
        for interpreter, taken in zip(interpreters, seconds, strict=True):
            started = time.perf_counter()
            interpreter.invoke()
            if number >= WARM_UP:
                taken.append(time.perf_counter() - started)
    medians = [statistics.median(taken) for taken in seconds]
    for path, median in zip(paths, medians, strict=True):
        print(f"{median / medians[-1]:.3f}  {path.name}")


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
