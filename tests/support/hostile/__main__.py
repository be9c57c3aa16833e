"""Decodes hostile photos one after another and prints the outcomes as JSON; a separate process."""

import json
import sys
from collections import Counter

from detector.errors import ImageTooLarge, UnreadableImage
from detector.images import ImageLimits, decode_scaled
from tests.support.hostile import variants
from tests.support.memory import measured


def scaled(_width: int, _height: int) -> int:
    """Requests an eighth of the size."""
    return 8


def whole(_width: int, _height: int) -> int:
    """Requests the image's own size."""
    return 1


def main(seed: int) -> None:
    """Decodes all variants of a seed, half of them at a reduced size if possible."""
    outcomes = Counter[str]()
    stray, peaks = [], []
    for index, (name, data) in enumerate(variants(seed)):
        try:
            with measured() as peak:
                decode_scaled(data, ImageLimits(), scaled if index % 2 else whole)
            outcomes["decoded"] += 1
        except (UnreadableImage, ImageTooLarge) as refusal:
            outcomes[type(refusal).__name__] += 1
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            stray.append(f"{name}: {error!r}")
        peaks.append((peak(), name))
    worst = sorted(peaks, reverse=True)[:10]
    print(json.dumps({"outcomes": outcomes, "stray": stray, "megabytes": worst}))  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(int(sys.argv[1]))
