"""Where the CPU time of a photo goes: `python -m benchmarks.stages MODEL.tflite PHOTO.jpg`.

Labels lie beside the model. The detector's stages are measured by themselves, on one core; a running service with 8
connections then takes more, and part of that is what it takes for a request without a photo. Needs wrk.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.footprint import Service
from benchmarks.throughput import Load, copied, written, wrk
from detector.answers import Answer
from detector.filters import Criteria, select
from detector.images import ImageLimits, decode, decode_smaller
from detector.memory import keep_freed
from detector.model import Model
from detector.runtime import LITERT

ROUNDS = 100
SECONDS = 10  # under load
CONNECTIONS = 8
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


def served(model: Path, photo: Path) -> dict[str, float]:
    """Milliseconds of CPU time that a running service takes for a request, all of its threads together, by its path."""
    with tempfile.TemporaryDirectory() as name:
        models, scripts = copied(model, Path(name)), written(photo, Path(name))
        service = Service(1, photo.read_bytes(), DETECTOR_MODELS=str(models))
        try:
            taken = {}
            for path in ("/health/live", "/predict/image"):
                before = service.cpu_seconds()
                rate, _ = wrk(service.port, Load(CONNECTIONS, path), scripts, SECONDS)
                taken[path] = (service.cpu_seconds() - before) / (rate * SECONDS) * 1000
            return taken
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
    taken = served(path, photo)
    stages["gunicorn, connexion, Flask"] = taken["/health/live"]
    stages["handler, body, caches that have gone cold"] = taken["/predict/image"] - sum(stages.values())
    whole = sum(stages.values())
    print("| stage | share | |\n|---|---|---|")
    for stage, each in stages.items():
        print(f"| {stage} | {each / whole:.1%} | {'█' * max(1, round(each / whole * BAR))} |")
    times = cost(lambda: decode(data, limits)) / stages["decode the JPEG"]
    print(f"\nDecoded whole, the JPEG would take {times:.1f} times as long.")


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
