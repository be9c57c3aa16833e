"""Reads a .tflite file and the files beside it: labels, sidecar, metadata. Runs nothing but a sample."""

from detector.files.input import ImageInput
from detector.files.modelfile import ModelFile, companions
from detector.files.provenance import Sources
from detector.files.sidecar import Normalisation
from detector.files.ssd_options import SsdHeads

__all__ = [
    "ImageInput",
    "ModelFile",
    "Normalisation",
    "Sources",
    "SsdHeads",
    "companions",
]
