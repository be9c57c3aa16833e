"""Boxes with scores and classes, as a model proposes them and as the filters keep them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Candidates:
    """N boxes, in no particular order.

    Attributes:
        boxes_xyxy: [N, 4] left, top, right, bottom, fractions.
        scores: [N] 0..1.
        class_ids: [N] indices of the model's labels.
        not_listed: the number of further boxes whose scores were too low to be listed.
        cut: [N] True for boxes that end at a tile's edge; None if no tile cuts any.
    """

    boxes_xyxy: NDArray[np.float64]
    scores: NDArray[np.float64]
    class_ids: NDArray[np.intp]
    not_listed: int = 0
    cut: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes_xyxy.shape != (count, 4) or self.scores.shape != (count,) or self.class_ids.shape != (count,):
            raise ValueError(
                f"expected boxes [N, 4], scores [N] and class_ids [N], "
                f"got {self.boxes_xyxy.shape}, {self.scores.shape} and {self.class_ids.shape}"
            )

    @classmethod
    def above(cls, threshold: float, boxes_xyxy: NDArray[np.floating], scores: NDArray[np.floating]) -> "Candidates":
        """Every pair of a box and a class whose score is finite and at least the threshold.

        Args:
            threshold: minimum score, 0..1.
            boxes_xyxy: [N, 4].
            scores: [N, C], one score per class.
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
        """Every box with its best class, if that score is finite and at least the threshold.

        For families in which each box stands for one object.

        Args:
            threshold: minimum score, 0..1.
            boxes_xyxy: [N, 4].
            scores: [N, C], one score per class; a box with a NaN among them is not listed.
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
        """No listed box, out of `count`."""
        return cls(np.empty((0, 4)), np.empty(0), np.empty(0, np.intp), not_listed=count)

    @classmethod
    def join(cls, parts: "Sequence[Candidates]") -> "Candidates":
        """Joins the candidates of one or more views of an image."""
        cut = None
        if any(part.cut is not None for part in parts):
            cut = np.concatenate([np.zeros(len(part), np.bool_) if part.cut is None else part.cut for part in parts])
        return cls(
            np.concatenate([part.boxes_xyxy for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.class_ids for part in parts]),
            sum(part.not_listed for part in parts),
            cut,
        )

    def __len__(self) -> int:
        return len(self.scores)

    def whole(self) -> "Candidates":
        """Those that no tile's edge has cut."""
        return self if self.cut is None else self.take(np.flatnonzero(~self.cut))

    def out_of(self, count: int) -> "Candidates":
        """The same candidates, out of `count`."""
        return Candidates(self.boxes_xyxy, self.scores, self.class_ids, not_listed=count - len(self))

    def equals(self, other: "Candidates") -> bool:
        """True if the other's boxes, scores and classes are the same to the bit, in the same order."""
        return (
            np.array_equal(self.boxes_xyxy, other.boxes_xyxy)
            and np.array_equal(self.scores, other.scores)
            and np.array_equal(self.class_ids, other.class_ids)
        )

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> "Candidates":
        """The candidates that a mask [N] or indices [K] select, in that order."""
        cut = None if self.cut is None else self.cut[which]
        return Candidates(self.boxes_xyxy[which], self.scores[which], self.class_ids[which], cut=cut)

    def best(self, max_listed: int) -> "Candidates":
        """The `max_listed` candidates with the highest scores, in their present order; the others are only counted."""
        if len(self) <= max_listed:
            return self
        best = self.take(np.sort(np.argpartition(-self.scores, max_listed)[:max_listed]))
        return replace(best, not_listed=self.not_listed + len(self) - max_listed)

    def sort_by_score(self) -> "Candidates":
        """Sorts by score, best first. Ties, frequent in quantised models, keep the model's order."""
        return replace(self.take(np.argsort(-self.scores, kind="stable")), not_listed=self.not_listed)
