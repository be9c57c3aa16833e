"""The formats of data sets: each file reads one, from a Tree into a Listing. A new one is a file and a line in FORMATS.

A reader returns None if the tree has no file of its format.
"""

from collections.abc import Callable

from training.data.formats import coco, cvat, darknet, ultralytics, voc, yolo
from training.data.listing import Listing
from training.data.tree import Tree

# The first that finds a box is used. Formats with a file that names the photos come before those that rely on folders.
FORMATS: dict[str, Callable[[Tree], Listing | None]] = {
    "ultralytics": ultralytics.read,
    "darknet": darknet.read,
    "coco": coco.read,
    "cvat": cvat.read,
    "yolo": yolo.read,
    "voc": voc.read,
}

__all__ = ["FORMATS"]
