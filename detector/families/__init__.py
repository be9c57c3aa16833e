"""Recognises models' families, and decodes their outputs into candidate boxes."""

from detector.families.family import Family
from detector.families.grid import grid
from detector.families.recognition import recognise
from detector.families.ssd.postprocess import NAME as SSD_POSTPROCESS
from detector.families.yolo.yolov8 import Yolov8
from detector.families.yolo.yolov8_in_parts import in_parts

__all__ = [
    "SSD_POSTPROCESS",
    "Family",
    "Yolov8",
    "grid",
    "in_parts",
    "recognise",
]
