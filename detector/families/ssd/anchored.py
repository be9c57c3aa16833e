"""SSD files with raw heads and known anchors.

Anchors are known for files that
- ended in TFLite_Detection_PostProcess, before opening.py removed it;
- have MediaPipe's DETECTOR_METADATA, as Model Maker writes it;
- were exported without that operation, with their anchors [N, 4], centre y, centre x, height, width, as third output;
- have as many boxes as one of the Object Detection API's own configurations has anchors.
Two outputs: encoded boxes [1, N, 4], centre y first, too, relative to the anchors; scores [1, N, C], often with a
background first. Sources: mediapipe, tasks/cc/components/processors/detection_postprocessing_graph.cc and
tensors_to_detections_calculator.cc; tensorflow/models, object_detection/export_tflite_ssd_graph_lib.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from detector.boxes import Candidates, from_centres
from detector.errors import UnusableModel
from detector.families.activations import min_logit, safe_exp, sigmoid
from detector.families.ssd.anchors import usual_anchors
from detector.files import ImageInput, ModelFile, Normalisation, SsdHeads
from detector.tflite import Output

SCALES_XYWH = (10.0, 10.0, 5.0, 5.0)  # in all of the Object Detection API's own configurations
FLOAT_NORMALISATION = Normalisation(mean=127.5, std=127.5)  # the Object Detection API's, for float inputs


@dataclass(frozen=True, slots=True)
class Ssd:
    """An SSD with raw heads and known anchors.

    Attributes:
        background: the number of scores before the first label's.
    """

    input: ImageInput
    labels: tuple[str, ...]
    boxes: int
    scores: int
    background: int
    heads: SsdHeads
    name: str = "ssd"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        heads, scores = self.heads, outputs[self.scores][0]
        likely = scores.rows_scoring(min_logit(threshold) if heads.sigmoid else threshold, self.background)
        encoded_yxhw = outputs[self.boxes][0][likely].dequantised
        encoded_xywh = np.asarray(encoded_yxhw[:, [1, 0, 3, 2]] / np.array(heads.scales_xywh), np.float32)
        anchors_cxcywh = heads.anchors_cxcywh[likely]
        sizes = anchors_cxcywh[:, 2:]
        centres = encoded_xywh[:, :2] * sizes + anchors_cxcywh[:, :2]
        factors = safe_exp(encoded_xywh[:, 2:]) if heads.exponential else encoded_xywh[:, 2:]
        boxes_xyxy = from_centres(np.concatenate([centres, factors * sizes], axis=1))
        wanted = scores[likely].dequantised[:, self.background :]
        found = Candidates.best_class(threshold, boxes_xyxy, sigmoid(wanted) if heads.sigmoid else wanted)
        return found.out_of(len(scores))


def ssd_input(file: ModelFile) -> ImageInput:
    """The input; a quantised one takes pixels as they are, whatever its scale.

    Raises:
        UnusableModel: it has no single image input.
    """
    if np.issubdtype(file.input_tensor().dtype, np.integer):
        return file.image_input(None)
    return file.image_input(FLOAT_NORMALISATION)


def recognise(file: ModelFile) -> Ssd | None:
    """The file as such an SSD, or None if its anchors are not known.

    Raises:
        UnusableModel: they are, but its outputs, input or labels do not fit.
    """
    if file.embedded.ssd is None:
        file = _with_heads(file)
    heads = file.embedded.ssd
    if heads is None:
        return None
    expected = [(1, len(heads.anchors_cxcywh), size) for size in (4, heads.classes)]
    shapes = [output.shape for output in file.outputs]
    if sorted(shapes) != sorted(expected) or min(heads.scales_xywh) <= 0:
        raise UnusableModel(
            f"has metadata for {len(heads.anchors_cxcywh)} anchors and {heads.classes} classes, "
            f"but other outputs: export it again."
        )
    boxes, scores = file.outputs if shapes == expected else reversed(file.outputs)
    background = int(file.has_labels(heads.classes - 1)) if heads.background is None else heads.background
    return Ssd(
        input=ssd_input(file),
        labels=file.labels_for(heads.classes - background),
        boxes=boxes.index,
        scores=scores.index,
        background=background,
        heads=heads,
    )


def _with_heads(file: ModelFile) -> ModelFile:
    """Adds the facts for decoding to a file with raw heads: its own anchors [N, 4], else the usual ones.

    Returns the same file if its outputs differ. A sample contains the anchors, and shows if scores are logits.
    """
    raw = [output for output in file.outputs if len(output.shape) == 3]
    given = [output for output in file.outputs if len(output.shape) == 2]
    if len(raw) != 2 or len(given) > 1 or len(file.outputs) > len(raw) + len(given):
        return file
    boxes, scores = raw if raw[0].shape[2] == 4 else reversed(raw)
    _, count, classes = scores.shape
    expected = [(1, count, 4), (1, count, classes), (count, 4)]
    if any(output.shape != shape for output, shape in zip((boxes, scores, *given), expected, strict=False)):
        return file
    image_input = ssd_input(file)
    sample = file.sample()
    anchors_cxcywh = usual_anchors(image_input.width, image_input.height, count)
    if given:
        anchors_cxcywh = sample[given[0].index][:, [1, 0, 3, 2]]
    if anchors_cxcywh is None or anchors_cxcywh[:, 2:].min() <= 0:
        return file
    numbers = sample[scores.index]
    heads = SsdHeads(
        anchors_cxcywh=anchors_cxcywh,
        scales_xywh=SCALES_XYWH,
        exponential=True,
        sigmoid=bool(((numbers < 0) | (numbers > 1)).any()),
        classes=classes,
    )
    return replace(
        file,
        outputs=(boxes, scores),
        embedded=replace(file.embedded, ssd=heads),
    )
