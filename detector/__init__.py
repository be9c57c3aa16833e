"""Photo bytes in, detections out. Knows nothing of HTTP, of the contract or of the service's settings.

The names in `__all__` are for the rest of the service; everything else is private to this package.
"""

from detector.boxes import Criteria, LabelRules, Zone
from detector.detector import Detector, Query
from detector.errors import (
    DetectorError,
    ImageTooLarge,
    NoCommonModel,
    UnknownLabel,
    UnknownModel,
    UnreadableImage,
    UnusableModel,
    UnusableZone,
)
from detector.findings import Findings, QueryStats
from detector.images import Grid, ImageLimits, Tiling
from detector.serving import Cores, Listener, LoadedModels, Model, ModelFolder
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
    "LoadedModels",
    "Model",
    "ModelFolder",
    "NoCommonModel",
    "Query",
    "QueryStats",
    "Runtime",
    "RuntimeName",
    "Tiling",
    "UnknownLabel",
    "UnknownModel",
    "UnreadableImage",
    "UnusableModel",
    "UnusableZone",
    "Zone",
]
