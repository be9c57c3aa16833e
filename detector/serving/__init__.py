"""Loaded models and their interpreters, shared by concurrent callers."""

from detector.serving.cores import Cores
from detector.serving.folder import ModelFolder
from detector.serving.listener import Listener
from detector.serving.loaded import LoadedModels
from detector.serving.model import GREY, Model
from detector.serving.view import View

__all__ = [
    "GREY",
    "Cores",
    "Listener",
    "LoadedModels",
    "Model",
    "ModelFolder",
    "View",
]
