"""Translates between Google Cloud Vision and the contract."""

from detector import DetectorError
from handlers.causes import detail_of_error
from handlers.options import MAX_RESULTS, any_size
from handlers.photo import FRACTION_DIGITS
from schemas import (
    Detection,
    Detections,
    Feature,
    Image,
    ImageSource,
    VisionFeature,
    VisionImage,
    VisionObject,
    VisionPolygon,
    VisionResponse,
    VisionStatus,
    VisionVertex,
)
from web.admission import Overloaded
from web.problems.problem import Refusal

# Source of the numbers: google.rpc.Code in google/rpc/code.proto.
INVALID_ARGUMENT = 3
UNIMPLEMENTED = 12
UNAVAILABLE = 14

LOCALIZATION = ("OBJECT_LOCALIZATION", 19)  # name and number in Feature.Type of image_annotator.proto
NOT_OFFERED = VisionStatus(
    code=UNIMPLEMENTED, message="This server offers the feature OBJECT_LOCALIZATION alone: ask for that."
)


def to_image(image: VisionImage) -> Image:
    """The photo, sent or by address. Google's rule: content takes precedence over the source."""
    if image.content:
        return Image(content=image.content)
    if image.source and (uri := image.source.image_uri or image.source.image_uri_in_snake_case):
        return Image(source=ImageSource(image_uri=uri))
    raise Refusal(422, "The photo has no bytes: send it as content.", code="no-image")


def to_feature(feature: VisionFeature) -> Feature:
    """A feature of Google's in our terms; absent or 0 results mean the default."""
    max_results = int(feature.max_results or feature.max_results_in_snake_case or 0)
    return any_size(max_results=min(max_results, MAX_RESULTS)) if max_results else any_size()


def vision_error(error: DetectorError | Refusal | Overloaded) -> VisionResponse:
    """Converts an error to Google's form."""
    is_busy = isinstance(error, Overloaded) or (isinstance(error, Refusal) and error.status == 503)
    message = detail_of_error(error) if isinstance(error, DetectorError) else str(error)
    return VisionResponse(error=VisionStatus(code=UNAVAILABLE if is_busy else INVALID_ARGUMENT, message=message))


def to_vision_response(found: Detections) -> VisionResponse:
    """Converts detections to Google's form."""
    return VisionResponse(
        localized_object_annotations=[
            VisionObject(
                name=each.name, score=each.score, bounding_poly=VisionPolygon(normalized_vertices=corners(each))
            )
            for each in found.normalized_vertices
        ]
    )


def corners(found: Detection) -> list[VisionVertex]:
    """The corners of a box, clockwise from its top left."""
    left, top = found.x, found.y
    right, bottom = (round(end, FRACTION_DIGITS) for end in (left + found.width, top + found.height))
    return [VisionVertex(x=x, y=y) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]
