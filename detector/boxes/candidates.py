"""Boxes with scores and classes: what a model proposes and what the filters keep."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Candidates:
    """N boxes, in no particular order.

    Attributes:
        boxes_xyxy: [N, 4] left, top, right, bottom, fractions.
        scores: [N] 0..1.
        class_ids: [N] positions in the model's labels.
        not_listed: how many more there were, with scores too low to be listed.
        cut_sides: [N, 4] whether a tile's edge has cut each box there; None if there are no tiles.
    """

    boxes_xyxy: NDArray[np.float64]
    scores: NDArray[np.float64]
    class_ids: NDArray[np.intp]
    not_listed: int = 0
    cut_sides: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes_xyxy.shape != (count, 4) or self.scores.shape != (count,) or self.class_ids.shape != (count,):
            raise ValueError(
                f"expected boxes [N, 4], scores [N] and class_ids [N], "
                f"got {self.boxes_xyxy.shape}, {self.scores.shape} and {self.class_ids.shape}"
            )

    @classmethod
    def above(cls, threshold: float, boxes_xyxy: NDArray[np.floating], scores: NDArray[np.floating]) -> "Candidates":
        """Every pairing of a box with a class whose score is finite and not below the threshold wanted.

        Args:
            threshold: score, 0..1.
            boxes_xyxy: [N, 4].
            scores: [N, C], one score a class.
        """
        boxes, classes = np.nonzero(scores >= threshold)  # never true of NaN
        return cls(
            boxes_xyxy[boxes].astype(np.float64),
            scores[boxes, classes].astype(np.float64),
            classes,
            not_listed=scores.size - len(boxes),
        )

    @classmethod
    def best_class(
        cls, threshold: float, boxes_xyxy: NDArray[np.floating], scores: NDArray[np.floating]
    ) -> "Candidates":
        """Every box with its best class, where that score is finite and not below the threshold wanted.

        For families whose boxes stand for one object each, however many classes it looks like.

        Args:
            threshold: score, 0..1.
            boxes_xyxy: [N, 4].
            scores: [N, C], one score a class; a box with one that is NaN is not listed.
        """
        listed = np.flatnonzero(scores.max(axis=1) >= threshold)
        rows = scores[listed]
        classes = rows.argmax(axis=1)
        return cls(
            boxes_xyxy[listed].astype(np.float64),
            rows[np.arange(len(rows)), classes].astype(np.float64),
            classes,
            not_listed=len(scores) - len(listed),
        )

    @classmethod
    def none(cls, count: int) -> "Candidates":
        """None that is listed, of so many."""
        return cls(np.empty((0, 4)), np.empty(0), np.empty(0, np.intp), not_listed=count)

    @classmethod
    def joined(cls, parts: "Sequence[Candidates]") -> "Candidates":
        """Those of several views of a picture, one or more."""
        return cls(
            np.concatenate([part.boxes_xyxy for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.class_ids for part in parts]),
            sum(part.not_listed for part in parts),
            np.concatenate([part.cut for part in parts]),
        )

    @property
    def cut(self) -> NDArray[np.bool_]:
        """Whether a tile's edge has cut each box [N, 4] at each side."""
        return np.zeros(self.boxes_xyxy.shape, np.bool_) if self.cut_sides is None else self.cut_sides

    def __len__(self) -> int:
        return len(self.scores)

    def out_of(self, count: int) -> "Candidates":
        """The same, where there were so many in all, those that are listed among them."""
        return Candidates(self.boxes_xyxy, self.scores, self.class_ids, not_listed=count - len(self))

    def equals(self, other: "Candidates") -> bool:
        """True where another's boxes, scores and classes are the same to the bit, in the same order."""
        return (
            np.array_equal(self.boxes_xyxy, other.boxes_xyxy)
            and np.array_equal(self.scores, other.scores)
            and np.array_equal(self.class_ids, other.class_ids)
        )

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> "Candidates":
        """Those that a mask [N] or positions [K] name, in that order."""
        cut_sides = None if self.cut_sides is None else self.cut_sides[which]
        return Candidates(self.boxes_xyxy[which], self.scores[which], self.class_ids[which], cut_sides=cut_sides)

    def best(self, max_results: int) -> "Candidates":
        """The `max_results` with the highest scores, or all where there are no more, in their order."""
        if len(self) <= max_results:
            return self
        return self.take(np.sort(np.argpartition(-self.scores, max_results)[:max_results]))

    def ranked(self) -> "Candidates":
        """Best score first; ties, of which quantised models have many, keep the model's order, as in its own tools."""
        return self.take(np.argsort(-self.scores, kind="stable"))
