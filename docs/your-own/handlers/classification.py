"""Labels photos."""

from classifier import Classifier
from schemas import Classification, Label


def classify(classifier: Classifier, request: bytes, count: int) -> Classification:
    """One photo, as raw bytes."""
    guesses = classifier.classify(request, count)
    return Classification(labels=[Label(name=guess.label, score=guess.score) for guess in guesses])
