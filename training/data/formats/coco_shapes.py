"""The bounding box of a COCO annotation: its bbox, or that of its segmentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Corners = tuple[float, float, float, float]


def bounding_box(annotation: dict[str, Any]) -> Corners:
    """Left, top, right, bottom, pixels.

    Raises:
        ValueError, TypeError, IndexError, KeyError: it has neither a bbox nor a segmentation that can be read.
    """
    if annotation.get("bbox"):
        x, y, width, height = (float(value) for value in annotation["bbox"])
        return x, y, x + width, y + height
    segmentation = annotation["segmentation"]
    if isinstance(segmentation, dict):
        return _of_runs(segmentation["counts"], int(segmentation["size"][0]))
    return _of_outlines(segmentation)


def _of_outlines(outlines: Sequence[Sequence[float]]) -> Corners:
    """The box around outlines of alternating x and y."""
    xs = [float(x) for outline in outlines for x in outline[::2]]
    ys = [float(y) for outline in outlines for y in outline[1::2]]
    return min(xs), min(ys), max(xs), max(ys)


def _of_runs(counts: str | Sequence[int], height: int) -> Corners:
    """The box around a mask, stored column by column as runs of 0 and 1, in turn."""
    runs = _decode(counts) if isinstance(counts, str) else [int(count) for count in counts]
    ends = np.cumsum(runs)
    firsts, lasts = ends[:-1:2], ends[1::2] - 1
    filled = lasts >= firsts[: len(lasts)]
    firsts, lasts = firsts[: len(lasts)][filled], lasts[filled]
    if not len(firsts):
        raise ValueError("the mask is empty")
    left, right = firsts[0] // height, lasts[-1] // height + 1
    spans = firsts // height != lasts // height  # a run that goes on in the next column touches top and bottom
    top = 0 if spans.any() else (firsts % height).min()
    bottom = height if spans.any() else (lasts % height).max() + 1
    return float(left), float(top), float(right), float(bottom)


def _decode(text: str) -> list[int]:
    """Decodes COCO's compressed runs: 5 bits per character; from the fourth run on, differences to the last but one.

    Source: rleFrString in cocoapi/common/maskApi.c.
    """
    runs: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    return runs
