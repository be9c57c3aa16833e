"""Measuring: average precision, curves and pages of examples, of networks in training and of models as served.

Models are run by the detector's own code. Uses the rooms data, network and scenes; knows nothing of how a network
learns.
"""

from training.measuring.labelling import label_photos, to_coco
from training.measuring.pictures import draw_history, draw_page
from training.measuring.precision import Curve, average_precision
from training.measuring.predictors import Predictor, TflitePredictor, TorchPredictor, find
from training.measuring.report import Report, false_alarms, measure
from training.measuring.robustness import draw_robustness, precision_by_light, recall_by_height

__all__ = [
    "Curve",
    "Predictor",
    "Report",
    "TflitePredictor",
    "TorchPredictor",
    "average_precision",
    "draw_history",
    "draw_page",
    "draw_robustness",
    "false_alarms",
    "find",
    "label_photos",
    "measure",
    "precision_by_light",
    "recall_by_height",
    "to_coco",
]
