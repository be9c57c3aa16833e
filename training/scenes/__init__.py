"""Drawn road scenes with traffic cones: the example photo, and photos to train and test on without a data set.

Knows nothing of networks or of labelled photos; imports no other room.
"""

from training.scenes.road import Scene, encode, render, write_example, write_scenes

__all__ = ["Scene", "encode", "render", "write_example", "write_scenes"]
