"""Detectors with the four outputs of TFLite_Detection_PostProcess, but without that operation.

CenterNet and other exports of TF2 suppress duplicates with TensorFlow's own operations: boxes [1, N, 4] as ymin, xmin,
ymax, xmax, fractions; classes [1, N]; scores [1, N]; count [1], in any order. Source: the Object Detection API,
research/object_detection/export_tflite_graph_lib_tf2.py.
"""

import numpy as np
from numpy.typing import NDArray

from detector.families.ssd.anchored import ssd_input
from detector.families.ssd.postprocess import SsdPostProcess
from detector.files import ModelFile
from detector.tflite import POSTPROCESS


def recognise(file: ModelFile) -> SsdPostProcess | None:
    """The file as such a detector, or None if its outputs differ.

    Classes and scores have the same shape. A sample shows which is which: classes are whole numbers.

    Raises:
        UnusableModel: its input or labels do not fit.
    """
    if len(file.outputs) != 4 or POSTPROCESS in file.custom_operations:
        return None
    ordered = sorted(file.outputs, key=lambda output: len(output.shape))
    count, *lists, boxes = ordered
    if boxes.shape[0:1] + boxes.shape[2:] != (1, 4) or count.shape not in ((), (1,)):
        return None
    if [output.shape for output in lists] != [(1, boxes.shape[1])] * 2:
        return None
    sample = file.sample()
    classes = [output for output in lists if _are_classes(sample[output.index])]
    scores = [output for output in lists if output not in classes and _are_scores(sample[output.index])]
    if len(classes) != 1 or len(scores) != 1:
        return None
    return SsdPostProcess(
        input=ssd_input(file),
        labels=file.labels_for(None),
        boxes=boxes.index,
        classes=classes[0].index,
        scores=scores[0].index,
        count=count.index,
        name="four_outputs",
    )


def _are_classes(numbers: NDArray[np.float32]) -> bool:
    """True if numbers [1, N] are whole and none is negative."""
    return bool(((numbers == np.rint(numbers)) & (numbers >= 0)).all())


def _are_scores(numbers: NDArray[np.float32]) -> bool:
    """True if numbers [1, N] are probabilities."""
    return bool(((numbers >= 0) & (numbers <= 1)).all())
