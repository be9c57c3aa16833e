"""Photo bytes in, detections out. Knows nothing of HTTP, of the contract or of the service's settings.

The names in `__all__` are for the rest of the service; everything else is for this package alone.
"""

from detector.boxes import Criteria, LabelRules
from detector.detector import Detector, Findings, Query, QueryStats
from detector.errors import (
    DetectorError,
    ImageTooLarge,
    UnknownLabel,
    UnknownModel,
    UnreadableImage,
    UnusableModel,
)
from detector.images import Grid, ImageLimits, Tiling
from detector.serving import Cores, Listener, Model, ModelFolder
from detector.tflite import Runtime, RuntimeName

__all__ = [
    "Cores",
    "Criteria",
    "Detector",
    "DetectorError",
    "Findings",
    "Grid",
    "ImageLimits",
    "ImageTooLarge",
    "LabelRules",
    "Listener",
    "Model",
    "ModelFolder",
    "Query",
    "QueryStats",
    "Runtime",
    "RuntimeName",
    "Tiling",
    "UnknownLabel",
    "UnknownModel",
    "UnreadableImage",
    "UnusableModel",
]
