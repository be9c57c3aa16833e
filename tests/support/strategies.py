"""Random inputs for properties."""

import numpy as np
from hypothesis import strategies as st

from detector.boxes.candidates import Candidates
from detector.boxes.filters import Criteria
from detector.boxes.label_rules import LabelRules

# Few values make ties and exact overlaps likely, which is where suppression goes wrong.
EDGES = st.one_of(st.integers(0, 8).map(lambda eighths: eighths / 8), st.floats(0, 1))
SIDES = st.tuples(EDGES, EDGES).map(sorted)
SCORES = st.one_of(st.sampled_from([0.25, 0.5, 0.75]), st.floats(0, 1))
THRESHOLDS = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1))


def any_criteria(labels: st.SearchStrategy[LabelRules]) -> st.SearchStrategy[Criteria]:
    """Criteria with these rules for labels."""
    return st.builds(
        Criteria,
        score=THRESHOLDS,
        width=THRESHOLDS,
        height=THRESHOLDS,
        iou=THRESHOLDS,
        per_class=st.booleans(),
        max_results=st.integers(1, 30),
        max_width=THRESHOLDS,
        max_height=THRESHOLDS,
        labels=labels,
    )


@st.composite
def candidates(draw: st.DrawFn, most: int = 25) -> Candidates:
    """Up to this many boxes of three classes, inside the image, some of them without area."""
    rows = draw(st.lists(st.tuples(SIDES, SIDES, SCORES, st.integers(0, 2)), max_size=most))
    boxes_xyxy = [(left, top, right, bottom) for (left, right), (top, bottom), _, _ in rows]
    return Candidates(
        np.array(boxes_xyxy, np.float64).reshape(-1, 4),
        np.array([score for _, _, score, _ in rows], np.float64),
        np.array([class_id for _, _, _, class_id in rows], np.intp),
        not_listed=draw(st.integers(0, 5)),
    )
