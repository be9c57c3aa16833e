"""A program that damages a model file in many ways and loads each result; a separate process, since it may crash."""

import json
import random
import sys
from collections import Counter
from pathlib import Path

from detector.errors import UnusableModel
from detector.serving.model import Model
from detector.tflite.runtime import LITERT


def damage(content: bytes, seed: int) -> bytes:
    """Flips some bits of a file, at its start, in its tables or anywhere, and perhaps cuts it."""
    chance = random.Random(seed)
    damaged = bytearray(content)
    start, end = chance.choice([(0, 200), (len(content) - 40_000, len(content)), (0, len(content))])
    for _ in range(chance.choice([1, 4, 32])):
        damaged[chance.randrange(start, end)] ^= 1 << chance.randrange(8)
    return bytes(damaged[: chance.randrange(len(content))] if chance.random() < 0.2 else damaged)


def main(path: Path, times: int) -> None:
    """Overwrites a file this many times and prints how each loading ended."""
    content = path.read_bytes()
    outcomes = Counter({"refused": 0, "loaded": 0})
    for seed in range(times):
        path.write_bytes(damage(content, seed))
        try:
            Model.load(path, LITERT)
        except UnusableModel as refusal:
            outcomes["refused" if str(refusal).startswith(path.name) else "unnamed"] += 1
        else:
            outcomes["loaded"] += 1
    print(json.dumps(outcomes))  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
