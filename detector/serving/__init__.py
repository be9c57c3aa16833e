"""Loaded models and their interpreters, shared by concurrent callers."""

from detector.serving.admission import Admission, AdmissionLimits
from detector.serving.claim import Claim
from detector.serving.folder import ModelFolder
from detector.serving.listener import Listener
from detector.serving.model import GREY, Model

__all__ = [
    "GREY",
    "Admission",
    "AdmissionLimits",
    "Claim",
    "Listener",
    "Model",
    "ModelFolder",
]
