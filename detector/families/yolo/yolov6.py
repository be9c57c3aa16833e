"""YOLOv6: one box per cell, decoded in the graph, with an objectness that is always 1.

Output [1, N, 5 + C]: centre x, centre y, width, height, 1, then probabilities of C classes, for every cell of the usual
grids. Source: github.com/meituan/YOLOv6, yolov6/models/effidehead.py. After: Li et al., YOLOv6, arXiv 2209.02976.
"""

import numpy as np

from detector.families.yolo.common import input_cells, yolo_input, yolo_output
from detector.families.yolo.yolov5 import Yolov5
from detector.files import ModelFile


def recognise(file: ModelFile) -> Yolov5 | None:
    """The file as such a YOLO, which is decoded like a YOLOv5, or None if its output differs.

    Raises:
        UnusableModel: its input or labels do not fit.
    """
    output = yolo_output(file)
    if output is None or output.shape[2] <= 5 or output.shape[1] not in input_cells(file):
        return None
    columns = output.shape[2]
    if file.has_labels(columns - 4):
        return None  # a transposed YOLOv8
    objectness = file.sample()[output.index][0, :, 4]
    if np.abs(objectness - 1.0).max() > output.scale:
        return None
    return Yolov5(yolo_input(file, axis=2), file.labels_for(columns - 5), output.index, name="yolov6")
