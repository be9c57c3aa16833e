"""Photo bytes in, labels out. Knows nothing of HTTP, of the contract or of the service's settings."""

from classifier.classifier import Classifier, Guess
from classifier.errors import ImageTooLarge, UnreadableImage, UnusableModel
from classifier.images import ImageLimits
from classifier.tflite import Runtime, RuntimeName

__all__ = [
    "Classifier",
    "Guess",
    "ImageLimits",
    "ImageTooLarge",
    "Runtime",
    "RuntimeName",
    "UnreadableImage",
    "UnusableModel",
]
