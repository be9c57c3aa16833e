"""The cost of filters: python -m benchmarks.filters. Median milliseconds of a core, and ratios to bare criteria."""

from dataclasses import replace

import numpy as np

from benchmarks.cpu import milliseconds
from detector.boxes import Candidates, Criteria, LabelRules, Zone, select

REPEATS = 15
LABELS = [f"label {number}" for number in range(90)]
BARE = Criteria(score=0.3, width=0.03, height=0.03, iou=0.4, per_class=True, max_results=20)
CORNERS = 64  # of a zone, at the most
ZONES = 16  # of a feature, at the most


def candidates(count: int) -> Candidates:
    """Boxes all over the image, of all labels."""
    generator = np.random.default_rng(1)
    corners = generator.random((count, 2)) * 0.8
    boxes_xyxy = np.concatenate([corners, corners + generator.random((count, 2)) * 0.2], axis=1)
    return Candidates(boxes_xyxy, generator.random(count), generator.integers(0, len(LABELS), count))


def zones(corners: int, number: int, score: float) -> tuple[Zone, ...]:
    """Jagged zones that lie all over the image."""
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radii = np.where(np.arange(corners) % 2, 0.3, 0.5)[:, np.newaxis]
    outline = 0.5 + radii * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return tuple(Zone(f"zone {index}", outline, "overlap", score=score) for index in range(number))


def main() -> None:
    """Prints a table in Markdown."""
    rules = LabelRules(frozenset(LABELS[:10]), frozenset(LABELS[:2]), {LABELS[3]: 0.5})
    flood = replace(BARE, score=0.0, iou=1.0, max_results=300)
    few, many = zones(4, 2, BARE.score), zones(CORNERS, ZONES, 0.0)
    rows = {
        "bare, 2,000 candidates": (2_000, BARE),
        "labels and thresholds": (2_000, replace(BARE, labels=rules)),
        "two zones of 4 corners, only these": (2_000, replace(BARE, zones=few, only_zones=True)),
        "16 zones of 64 corners with lower thresholds": (2_000, replace(BARE, zones=many)),
        "a flood of 100,000, nothing suppressed": (100_000, flood),
        "the same with 16 zones of 64 corners": (100_000, replace(flood, zones=many, only_zones=True)),
        "the same, found in zones alone": (100_000, replace(flood, score=1.0, zones=many, only_zones=True)),
    }
    print("| filters | ms | to bare |\n|---|---|---|")
    bare = 0.0
    for name, (count, criteria) in rows.items():
        found = candidates(count)
        taken = milliseconds(lambda found=found, criteria=criteria: select(found, criteria, LABELS), REPEATS)  # type: ignore[misc]
        bare = bare or taken
        print(f"| {name} | {taken:.2f} | {taken / bare:.1f} |", flush=True)


if __name__ == "__main__":
    main()
