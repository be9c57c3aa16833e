"""Where the CPU time of a photo goes: `python -m benchmarks.stages MODEL.tflite PHOTO.jpg`.

Labels lie beside the model. The stages are measured by themselves, on one core; the server's share is what a running
service takes beyond them, each photo with a connection of its own.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.footprint import Service
from benchmarks.throughput import copied
from detector.answers import Answer
from detector.filters import Criteria, select
from detector.images import ImageLimits, decode, decode_smaller
from detector.memory import keep_freed
from detector.model import Model
from detector.runtime import LITERT

ROUNDS = 100
PHOTOS = 400
AT_A_TIME = 3  # so that none is alone, and has all cores
BAR = 40  # characters for all of the time
CRITERIA = Criteria(score=0.3, width=0.03, height=0.03, iou=0.4, per_class=True, most=20)


def cost(work: Callable[[], object]) -> float:
    """Median milliseconds of this process's CPU time."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


def served(path: Path, photo: bytes) -> float:
    """Milliseconds of CPU time that a running service takes for a photo, all of its threads together."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(1, photo, DETECTOR_MODELS=str(copied(path, Path(folder))))
        try:
            with ThreadPoolExecutor(AT_A_TIME) as threads:
                before = service.cpu_seconds()
                answered = sum(threads.map(lambda _: service.answers(), range(PHOTOS)))
                return (service.cpu_seconds() - before) / answered * 1000
        finally:
            service.stop()


def main(path: Path, photo: Path) -> None:
    """Print a table in Markdown: each stage's share of all of them."""
    keep_freed()
    model, data, limits = Model.load(path, LITERT, 1), photo.read_bytes(), ImageLimits()
    interpreter = LITERT.build(model.file.content)
    picture = model.family.input
    pixels_rgb = decode_smaller(data, limits, model.averages).pixels_rgb
    placement = model.family.place(pixels_rgb.shape[1], pixels_rgb.shape[0])
    interpreter.set_tensor(picture.tensor.index, picture.fill(pixels_rgb, placement))
    interpreter.invoke()

    def read() -> dict[int, Answer]:
        return {each.index: Answer(each, interpreter.get_tensor(each.index)) for each in model.file.outputs}

    outputs, found = read(), model.candidates(pixels_rgb, CRITERIA.score)
    stages = {
        "decode the JPEG": cost(lambda: decode_smaller(data, limits, model.averages)),
        "lay it onto the input": cost(lambda: picture.fill(pixels_rgb, placement)),
        "run the model": cost(interpreter.invoke),
        "read its outputs": cost(read),
        "decode boxes": cost(lambda: model.family.decode(outputs, CRITERIA.score)),
        "filters and NMS": cost(lambda: select(found, CRITERIA, None)),
    }
    stages["server, connexion, Flask, handler"] = served(path, data) - sum(stages.values())
    whole = sum(stages.values())
    print("| stage | share | |\n|---|---|---|")
    for stage, each in stages.items():
        print(f"| {stage} | {each / whole:.1%} | {'█' * max(1, round(each / whole * BAR))} |")
    times = cost(lambda: decode(data, limits)) / stages["decode the JPEG"]
    print(f"\nDecoded whole, the JPEG would take {times:.1f} times as long.")


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
