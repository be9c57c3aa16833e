"""Measures the CPU time of a photo by stage: `python -m benchmarks.stages MODEL.tflite PHOTO.jpg`.

Labels lie beside the model. The detector's stages are measured alone, on one core, in turn with a running service under
8 connections. The service takes more; a request without a photo accounts for a part of that. Needs wrk.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from benchmarks.cpu import milliseconds
from benchmarks.service import Service
from benchmarks.throughput import Load, copy_model, write_scripts, wrk
from detector.boxes import Candidates, Criteria, select
from detector.images import ImageLimits, decode, decode_scaled
from detector.serving import Model
from detector.tflite import LITERT, Outputs
from process import keep_freed

ROUNDS = 8
REPEATS = 20  # of a stage per round
SECONDS = 2  # under load per round
CONNECTIONS = 8
BAR = 40  # characters for all of the time
CRITERIA = Criteria(score=0.3, width=0.03, height=0.03, iou=0.4, per_class=True, max_results=20)

cost = partial(milliseconds, repeats=REPEATS)  # of a stage


def request_cost(service: Service, path: str, scripts: Mapping[str, Path]) -> float:
    """Milliseconds of CPU time of a running service per request, in all its threads."""
    before = service.cpu_seconds()
    rate, _ = wrk(service.port, Load(CONNECTIONS, path), scripts, SECONDS)
    return (service.cpu_seconds() - before) / (rate * SECONDS) * 1000


def main(path: Path, photo: Path) -> None:
    """Prints a table in Markdown: each stage's share of all of them."""
    keep_freed()
    model, data, limits = Model.load(path, LITERT), photo.read_bytes(), ImageLimits()
    interpreter = model.file.build(LITERT)
    image_input = model.family.input
    pixels_rgb = decode_scaled(data, limits, model.shrink_divisor).pixels_rgb
    placement = model.family.input.place(pixels_rgb.shape[1], pixels_rgb.shape[0])
    interpreter.set_tensor(image_input.tensor.index, image_input.fill(pixels_rgb, placement))
    found = model.candidates(pixels_rgb, CRITERIA.score)

    def look() -> Candidates:
        interpreter.invoke()
        return model.family.decode(Outputs(interpreter, model.file.outputs), CRITERIA.score)

    with tempfile.TemporaryDirectory() as name:
        models, scripts = copy_model(path, Path(name)), write_scripts(photo, Path(name))
        service = Service(1, data, DETECTOR_MODELS=str(models))
        measures: dict[str, Callable[[], float]] = {
            "decode the JPEG": lambda: cost(lambda: decode_scaled(data, limits, model.shrink_divisor)),
            "resize it to the input": lambda: cost(lambda: image_input.fill(pixels_rgb, placement)),
            "run the model, decode boxes": lambda: cost(look),
            "filters and NMS": lambda: cost(lambda: select(found, CRITERIA, model.family.labels)),
            "gunicorn, connexion, Flask": lambda: request_cost(service, "/health/live", scripts),
            "all": lambda: request_cost(service, "/predict/image", scripts),
            "decode the whole JPEG": lambda: cost(lambda: decode(data, limits)),
        }
        try:
            rounds = [{name: measure() for name, measure in measures.items()} for _ in range(ROUNDS)]
        finally:
            service.stop()
    stages = {name: statistics.median(each[name] for each in rounds) for name in measures}
    whole, whole_jpeg = stages.pop("all"), stages.pop("decode the whole JPEG")
    stages["handler, body, cold caches"] = whole - sum(stages.values())
    print("| stage | share | |\n|---|---|---|")
    for name, each in stages.items():
        print(f"| {name} | {each / whole:.1%} | {'█' * max(1, round(each / whole * BAR))} |")
    print(f"\nDecoded whole, the JPEG would take {whole_jpeg / stages['decode the JPEG']:.1f} times as long.")


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
