"""Detections as objects, which are easier to compare than arrays."""

from dataclasses import dataclass

from detector import Findings


@dataclass(frozen=True, slots=True)
class Detection:
    """One object found.

    Attributes:
        box_xyxy: left, top, right, bottom, fractions of the upright photo, 0..1.
        score: 0..1.
        label: what it is.
        model: the name of the model that found it.
    """

    box_xyxy: tuple[float, float, float, float]
    score: float
    label: str
    model: str


def detections(findings: Findings) -> tuple[Detection, ...]:
    """The detected objects, best score first."""
    boxes_xyxy = ((left, top, right, bottom) for left, top, right, bottom in findings.boxes_xyxy.tolist())
    return tuple(map(Detection, boxes_xyxy, findings.scores.tolist(), findings.labels, findings.models))
