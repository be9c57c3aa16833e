"""Where the time of a photo goes, on one core: `python -m benchmarks.stages MODEL.tflite PHOTO.jpg`.

Labels lie beside the model.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from detector.filters import Criteria, select
from detector.images import ImageLimits, decode, decode_smaller
from detector.memory import keep_freed
from detector.model import Model
from detector.runtime import LITERT

ROUNDS = 100
CRITERIA = Criteria(score=0.3, width=0.03, height=0.03, iou=0.4, per_class=True, most=20)


def cost(work: Callable[[], object]) -> float:
    """Median milliseconds of this process's CPU time."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


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

    def read() -> dict[int, object]:
        return {each.index: each.real(interpreter.get_tensor(each.index)) for each in model.file.outputs}

    outputs, found = read(), model.candidates(pixels_rgb, CRITERIA.score)
    stages = {
        "decode the JPEG": cost(lambda: decode_smaller(data, limits, model.averages)),
        "lay it onto the input": cost(lambda: picture.fill(pixels_rgb, placement)),
        "run the model": cost(interpreter.invoke),
        "read its outputs": cost(read),
        "decode boxes": cost(lambda: model.family.decode(outputs, CRITERIA.score)),
        "filters and NMS": cost(lambda: select(found, CRITERIA, None)),
    }
    whole = sum(stages.values())
    print("| stage | share |\n|---|---|")
    for stage, each in stages.items():
        print(f"| {stage} | {each / whole:.1%} |")
    times = cost(lambda: decode(data, limits)) / stages["decode the JPEG"]
    print(f"\nDecoded whole, the JPEG would take {times:.1f} times as long.")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
