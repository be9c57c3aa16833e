"""Translates between DOODS and the contract."""

from collections.abc import Iterator, Mapping

from msgspec import UNSET
from msgspec.structs import replace

from detector import Detector
from handlers.models import model_name
from handlers.options import MAX_RESULTS, any_size
from handlers.photo import FRACTION_DIGITS
from schemas import Detection, Detections, DoodsDetection, DoodsRegion, DoodsRequest, Feature

ANY = "*"  # all labels that are not named
PERCENT = 100
Labels = Mapping[str, float]  # minimum confidences, percent


def min_score(request: DoodsRequest) -> float | None:
    """The minimum score of a request, 0..1; None if it leaves that to the model."""
    wanted = [request.detect or {}, *(region.detect or {} for region in request.regions or [])]
    return min((value / PERCENT for labels in wanted for value in labels.values()), default=None)


def doods_feature(detector: Detector, request: DoodsRequest) -> Feature:
    """A feature that finds everything that a DOODS request may want."""
    score, name = min_score(request), request.detector_name
    feature = any_size(max_results=MAX_RESULTS) if score is None else any_size(score_th=score, max_results=MAX_RESULTS)
    return replace(feature, model=model_name(detector, name) if name else UNSET)


def doods_detections(found: Detections, request: DoodsRequest) -> Iterator[DoodsDetection]:
    """The objects that a request wants, each once: by its label, or by a region that it lies in."""
    everywhere = request.detect or ({} if request.regions else {ANY: 0.0})
    for each in found.normalized_vertices:
        if is_wanted(each, everywhere):
            yield doods_detection(each)
            continue
        for region in request.regions or []:
            if is_wanted(each, region.detect or {}) and is_in(each, region):
                yield doods_detection(each, region)
                break


def is_wanted(found: Detection, labels: Labels) -> bool:
    """True if an object has at least the minimum confidence for its label."""
    threshold = labels.get(found.name, labels.get(ANY))
    return threshold is not None and found.score * PERCENT >= threshold


def is_in(found: Detection, region: DoodsRegion) -> bool:
    """True if an object lies in a region, or touches it if that is enough."""
    left, top, right, bottom = found.x, found.y, found.x + found.width, found.y + found.height
    if region.covers:
        return left >= region.left and top >= region.top and right <= region.right and bottom <= region.bottom
    return left < region.right and right > region.left and top < region.bottom and bottom > region.top


def doods_detection(found: Detection, region: DoodsRegion | None = None) -> DoodsDetection:
    """Converts an object to the form of DOODS."""
    detection = DoodsDetection(
        top=found.y,
        left=found.x,
        bottom=round(min(found.y + found.height, 1.0), FRACTION_DIGITS),
        right=round(min(found.x + found.width, 1.0), FRACTION_DIGITS),
        label=found.name,
        confidence=round(found.score * PERCENT, FRACTION_DIGITS - 2),
    )
    return replace(detection, region_id=region.id) if region and region.id else detection
