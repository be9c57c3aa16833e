"""The bare loop: decode, resize, invoke, in one process per core, without any server.

python limit.py MODEL PHOTO SECONDS     prints photos per second
"""

import ctypes
import multiprocessing
import os
import sys
import time

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from pixels import to_input


def loop(model: str, photo: str, seconds: float, results: "multiprocessing.Queue[float]") -> None:
    """Detects in one photo repeatedly; glibc keeps freed memory, as in the figure in the docs."""
    libc = ctypes.CDLL(None)
    for parameter, size in ((-3, 1 << 25), (-1, 1 << 28), (-2, 1 << 26)):
        libc.mallopt(parameter, size)
    cv2.setNumThreads(1)
    data = np.fromfile(photo, np.uint8)
    interpreter = Interpreter(model, num_threads=1)
    interpreter.allocate_tensors()
    [image_input] = interpreter.get_input_details()
    _, height, width, _ = image_input["shape"]
    outputs = interpreter.get_output_details()

    def look() -> None:
        pixels = cv2.resize(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), (int(width), int(height)))
        interpreter.set_tensor(image_input["index"], to_input(pixels, image_input["dtype"]))
        interpreter.invoke()
        for output in outputs:
            interpreter.get_tensor(output["index"])

    for _ in range(10):
        look()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        look()
        count += 1
    results.put(count / (time.perf_counter() - start))


def main(model: str, photo: str, seconds: str) -> None:
    """Prints the sum over all processes."""
    results: multiprocessing.Queue[float] = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=loop, args=(model, photo, float(seconds), results))
        for _ in range(len(os.sched_getaffinity(0)))
    ]
    for process in processes:
        process.start()
    print(sum(results.get() for _ in processes))


if __name__ == "__main__":
    main(*sys.argv[1:])
