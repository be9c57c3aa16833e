"""Loaded models and their interpreters, shared by concurrent callers."""

from detector.serving.admission import Turns
from detector.serving.folder import ModelFolder
from detector.serving.model import GREY, Model

__all__ = [
    "GREY",
    "Model",
    "ModelFolder",
    "Turns",
]
