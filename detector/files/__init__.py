"""Reads a .tflite file with its metadata, its labels and its sidecar. Runs the model only for a sample."""

from detector.files.about import About
from detector.files.beside import Beside
from detector.files.input import ImageInput
from detector.files.labels import UNNAMED
from detector.files.modelfile import ModelFile
from detector.files.overlooked import find_overlooked
from detector.files.provenance import Sources
from detector.files.sidecar import Normalisation
from detector.files.ssd_options import SsdHeads

__all__ = [
    "UNNAMED",
    "About",
    "Beside",
    "ImageInput",
    "ModelFile",
    "Normalisation",
    "Sources",
    "SsdHeads",
    "find_overlooked",
]
