"""Detectors, and queries for them."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image

from detector.boxes.filters import Criteria
from detector.boxes.label_rules import LabelRules
from detector.detector import Detector, Query
from detector.images import ImageLimits, Tiling
from detector.serving.folder import ModelFolder
from detector.tflite.runtime import LITERT, Interpreter, Runtime
from tests.support.encoding import encode
from web.admission.admission import Admission, AdmissionLimits

CRITERIA = Criteria(score=0.3, width=0.0, height=0.0, iou=0.4, per_class=True, max_results=20)
STRICTER = replace(CRITERIA, score=0.6)


@dataclass(frozen=True)
class Watched(Runtime):
    """A real runtime that calls a function before each inference."""

    before: Callable[[], object] = field(kw_only=True)

    def build(self, content: bytes, threads: int = 1) -> Interpreter:
        """An interpreter that calls the function before its invoke()."""
        interpreter = LITERT.build(content, threads)
        invoke: Callable[[], None] = interpreter.invoke

        def watched() -> None:
            self.before()
            invoke()

        interpreter.invoke = watched
        return interpreter


def make(folder: Path, runtime: Runtime = LITERT, **limits: Any) -> Detector:
    """A detector with the models of a folder."""
    admission = Admission(AdmissionLimits(at_once=4))
    return Detector(ModelFolder(folder, runtime), ImageLimits(**limits), admission)


def everything(detector: Detector, criteria: Criteria = CRITERIA) -> Query:
    """All detections of the default model."""
    return Query(detector.models.choose(), criteria)


def labelled(detector: Detector, label: str) -> Query:
    """A label, in the model that knows it."""
    criteria = replace(CRITERIA, labels=LabelRules(types=frozenset([label])))
    return Query(detector.models.choose(None, [label]), criteria)


def spread_out(photo: bytes, times: int = 5) -> bytes:
    """A photo so many times as wide and high as the example, which it shows in its right lower corner."""
    with Image.open(io.BytesIO(photo)) as image:
        scene = Image.new("RGB", (480 * times, 320 * times), (120, 130, 120))
        scene.paste(image, (480 * (times - 1), 320 * (times - 1)))
    return encode(scene, "JPEG", quality=95)


def tiled(detector: Detector, tiling: Tiling, criteria: Criteria = CRITERIA) -> Query:
    """All that the default model finds in tiles."""
    return replace(everything(detector, criteria), tiling=tiling)


TILINGS = [Tiling(0.0, 5, 5), Tiling(0.2, 6, 6), Tiling(0.2, max_tiles=64)]
