"""Recognises a model file's family.

A family is a module with `recognise`, which takes a file and returns a `Family` or None. To add one, add a file here
and a line in FAMILIES.
"""

from collections.abc import Callable

from detector.errors import UnusableModel
from detector.families import blazeface, boxes_and_scores, fcos, fomo, head_maps, nanodet, ultraface, unknown
from detector.families.family import Family
from detector.families.ssd import anchored, anchors_in_output, decoded, postprocess
from detector.families.yolo import end_to_end, raw_heads, yolov2, yolov5, yolov6, yolov8, yolox
from detector.files import ModelFile

FAMILIES: dict[str, Callable[[ModelFile], Family | None]] = {
    "ssd": anchored.recognise,
    postprocess.NAME: postprocess.recognise,
    "ssd_anchors_in_output": anchors_in_output.recognise,
    "four_outputs": decoded.recognise,
    "fcos": fcos.recognise,
    "yolov5": yolov5.recognise,
    "yolov6": yolov6.recognise,
    "yolov8": yolov8.recognise,
    "yolo_end_to_end": end_to_end.recognise,
    "nanodet": nanodet.recognise,
    "yolox": yolox.recognise,
    "yolov2": yolov2.recognise,
    raw_heads.YOLOV3: raw_heads.recognise_v3,
    raw_heads.YOLOV4: raw_heads.recognise_v4,
    raw_heads.YOLOV5: raw_heads.recognise_v5,
    "blazeface": blazeface.recognise,
    "ultraface": ultraface.recognise,
    "fomo": fomo.recognise,
    head_maps.RTMDET: head_maps.recognise_rtmdet,
    head_maps.PICODET: head_maps.recognise_picodet,
    boxes_and_scores.DENSE: boxes_and_scores.recognise_dense,
    boxes_and_scores.DETR: boxes_and_scores.recognise_detr,
}


def recognise(file: ModelFile) -> Family:
    """The family of a file: the one that its sidecar names, else the first that recognises it.

    Raises:
        UnusableModel: its input is not an image, or no family recognises it.
    """
    file.input_tensor()
    named = file.sidecar.family
    if named is not None and named not in FAMILIES:
        raise UnusableModel(f"has a sidecar with an unknown family: choose one of {', '.join(FAMILIES)}.")
    for recogniser in [FAMILIES[named]] if named else FAMILIES.values():
        if family := recogniser(file):
            return family
    if named:
        raise UnusableModel(f"is not of the family {named} that its sidecar names: correct it or leave it out.")
    raise UnusableModel(unknown.sentence(file))
