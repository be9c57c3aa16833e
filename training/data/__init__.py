"""Labelled photos: reading them from folders as annotation tools write them, and varying them for training.

Knows nothing of networks and needs no PyTorch; imports no other room.
"""

from training.data.augmentation import Augmentation, Sample
from training.data.dataset import Dataset, Reading, read_dataset, read_photos
from training.data.formats import FORMATS
from training.data.letterboxing import letterbox
from training.data.page import FOUND, LABELLED, PHOTOS_PER_PAGE, SIDE, Mark, draw_tile, join_tiles, to_jpeg
from training.data.photo import IGNORED, Photo

__all__ = [
    "FORMATS",
    "FOUND",
    "IGNORED",
    "LABELLED",
    "PHOTOS_PER_PAGE",
    "SIDE",
    "Augmentation",
    "Dataset",
    "Mark",
    "Photo",
    "Reading",
    "Sample",
    "draw_tile",
    "join_tiles",
    "letterbox",
    "read_dataset",
    "read_photos",
    "to_jpeg",
]
