"""Rules by label: the labels that count, and the scores that they need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates


@dataclass(frozen=True, slots=True)
class LabelRules:
    """The labels that count and the minimum scores that they need. By default, every label counts.

    Attributes:
        types: the labels that count; empty for all of them.
        left_out: labels that do not count, even if they are among the types.
        thresholds: minimum scores of single labels, 0..1.
    """

    types: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def counts(self, label: str) -> bool:
        """True if a label counts."""
        return (not self.types or label in self.types) and label not in self.left_out

    def min_score(self, labels: Sequence[str], score: float) -> float:
        """The minimum score with which an object of any of the labels may count.

        Args:
            labels: a model's labels.
            score: threshold of labels without one of their own, 0..1.
        """
        if not self.thresholds:
            return score
        return min((self.thresholds.get(label, score) for label in labels if self.counts(label)), default=score)

    def by_class(self, labels: Sequence[str], score: float) -> "ClassRules":
        """The same rules for the classes of a model; see `min_score`."""
        thresholds = counting = None
        if self.thresholds:
            thresholds = np.array([self.thresholds.get(label, score) for label in labels])
        if self.types or self.left_out:
            counting = np.array([self.counts(label) for label in labels])
        return ClassRules(score, thresholds, counting)


EVERY_LABEL = LabelRules()


@dataclass(frozen=True, slots=True, eq=False)
class ClassRules:
    """Rules by class.

    Attributes:
        score: threshold of all classes if `thresholds` is None, 0..1.
        thresholds: [classes] minimum scores, 0..1; None if all are the same.
        counting: [classes] True for classes that count; None if all do.
    """

    score: float
    thresholds: NDArray[np.float64] | None
    counting: NDArray[np.bool_] | None

    def score_mask(self, candidates: Candidates) -> NDArray[np.bool_]:
        """A mask [N] of the candidates whose score is at least their class's threshold."""
        thresholds = self.score if self.thresholds is None else self.thresholds[candidates.class_ids]
        return np.asarray(candidates.scores >= thresholds)

    def count(self, candidates: Candidates) -> NDArray[np.bool_]:
        """A mask [N] of the candidates whose class counts."""
        if self.counting is None:
            return np.ones(len(candidates), np.bool_)
        return self.counting[candidates.class_ids]
