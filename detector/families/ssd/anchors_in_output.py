"""SSD files with outputs for scores, box deltas and anchors, such as those of STMicroelectronics' model zoo.

Three outputs: scores [1, N, 1 + C], probabilities, a background first; deltas [1, N, 4]; anchors [1, N, 4] as left,
top, right, bottom. A box's corner is the anchor's corner plus delta times the anchor's size.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates
from detector.families.ssd.anchored import ssd_input
from detector.files import ImageInput, ModelFile
from detector.tflite import Output


@dataclass(frozen=True, slots=True)
class SsdAnchorsInOutput:
    """An SSD with its anchors among its outputs."""

    input: ImageInput
    labels: tuple[str, ...]
    scores: int
    deltas: int
    anchors: int
    name: str = "ssd_anchors_in_output"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        scores = outputs[self.scores][0]
        likely = scores.rows_scoring(threshold, from_column=1)
        anchors_xyxy = outputs[self.anchors][0][likely].dequantised
        sizes = np.tile(anchors_xyxy[:, 2:] - anchors_xyxy[:, :2], 2)
        boxes_xyxy = anchors_xyxy + outputs[self.deltas][0][likely].dequantised * sizes
        return Candidates.best_class(threshold, boxes_xyxy, scores[likely].dequantised[:, 1:]).out_of(len(scores))


def recognise(file: ModelFile) -> SsdAnchorsInOutput | None:
    """The file as such an SSD, or None if its outputs differ.

    Deltas and anchors have the same shape. A sample shows which is which: all anchors have an area, deltas do not.

    Raises:
        UnusableModel: its input or labels do not fit.
    """
    if len(file.outputs) != 3 or any(len(output.shape) != 3 or output.shape[0] != 1 for output in file.outputs):
        return None
    fours = [output for output in file.outputs if output.shape[2] == 4]
    others = [output for output in file.outputs if output.shape[2] != 4]
    if len({output.shape[1] for output in file.outputs}) != 1 or len(fours) < 2:
        return None
    sample = file.sample()
    anchors = [output for output in fours if _are_anchors(sample[output.index])]
    scores = [output for output in others or fours if output not in anchors and _are_scores(sample[output.index])]
    if len(anchors) != 1 or len(scores) != 1:
        return None
    (deltas,) = (output for output in file.outputs if output not in (*anchors, *scores))
    return SsdAnchorsInOutput(
        input=ssd_input(file),
        labels=file.labels_for(scores[0].shape[2] - 1),
        scores=scores[0].index,
        deltas=deltas.index,
        anchors=anchors[0].index,
    )


def _are_anchors(numbers: NDArray[np.float32]) -> bool:
    """True if numbers [1, N, 4] are boxes, none of them empty or inverted."""
    return bool((numbers[..., 2:] > numbers[..., :2]).all())


def _are_scores(numbers: NDArray[np.float32]) -> bool:
    """True if numbers [1, N, 1 + C] are probabilities."""
    return numbers.shape[2] > 1 and bool(((numbers >= 0) & (numbers <= 1)).all())
