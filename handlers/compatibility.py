"""Finds objects as other services do, for clients that were made for those."""

from msgspec.structs import replace

from detector import Admission, Detector, DetectorError
from handlers.photo import FRACTION_DIGITS, detect, photo_of
from schemas import (
    DeepStackPrediction,
    DeepStackRequest,
    DeepStackResponse,
    Detection,
    Detections,
    Feature,
    Image,
    ImageSource,
    VisionBatchRequest,
    VisionBatchResponse,
    VisionFeature,
    VisionImage,
    VisionObject,
    VisionPolygon,
    VisionRequest,
    VisionResponse,
    VisionStatus,
    VisionVertex,
)
from web.causes import code_of_error
from web.fetching import FetchedPhotos
from web.problems import Refusal
from web.tokens import CHALLENGE, Tokens

MAX_RESULTS = 300  # maxResults of the contract
MAX_PREDICTIONS = 20  # what Frigate's plugin has room for; it fails where there are more

# Numbers of google.rpc.Code, from google/rpc/code.proto.
INVALID_ARGUMENT = 3
UNIMPLEMENTED = 12

LOCALIZATION = ("OBJECT_LOCALIZATION", 19)  # its name and number in Feature.Type of image_annotator.proto


class NotOffered(Exception):
    """A feature of Google Cloud Vision that this service lacks."""


async def annotate_like_google_vision(
    detector: Detector, fetched: FetchedPhotos, admission: Admission, request: VisionBatchRequest
) -> VisionBatchResponse:
    """Several photos; an unusable one does not affect the others."""

    def answer(entry: VisionRequest) -> VisionResponse:
        try:
            photo = photo_of(image_of(entry.image), fetched)
            return localized(detect(detector, photo, [feature_of(feature) for feature in entry.features]))
        except NotOffered as error:
            return VisionResponse(error=VisionStatus(code=UNIMPLEMENTED, message=str(error)))
        except (DetectorError, Refusal) as error:
            return VisionResponse(error=VisionStatus(code=INVALID_ARGUMENT, message=str(error)))

    return VisionBatchResponse(responses=await admission.map(answer, request.requests))


def detect_like_deep_stack(detector: Detector, tokens: Tokens, request: DeepStackRequest) -> DeepStackResponse:
    """One photo, as a file of a form; the token, if one is needed, is another field."""
    if not tokens.accepts((request.api_key or "").encode()):
        raise Refusal(401, "Send a valid token in the field api_key.", headers=CHALLENGE)
    try:
        found = detect(
            detector, request.image, [any_size(score_th=request.min_confidence, max_results=MAX_PREDICTIONS)]
        )
    except DetectorError as error:
        raise Refusal(400, str(error), code=code_of_error(error)) from None
    return DeepStackResponse(success=True, predictions=[prediction(each, found) for each in found.normalized_vertices])


def any_size(**options: float) -> Feature:
    """A feature without a minimum size, which the other services lack."""
    return replace(Feature(), min_width=0.0, min_height=0.0, **options)


def image_of(image: VisionImage) -> Image:
    """The photo's place. Google's rule: the content wins over the source."""
    if image.content:
        return Image(content=image.content)
    if image.source and image.source.image_uri:
        return Image(source=ImageSource(image_uri=image.source.image_uri))
    raise Refusal(422, "The picture has no bytes: send it as content.", code="no-image")


def feature_of(feature: VisionFeature) -> Feature:
    """A feature of Google's in our terms; absent or 0 results mean the default."""
    if feature.type not in LOCALIZATION:
        raise NotOffered("This server offers the feature OBJECT_LOCALIZATION alone: ask for that.")
    return any_size(max_results=min(feature.max_results, MAX_RESULTS)) if feature.max_results else any_size()


def localized(found: Detections) -> VisionResponse:
    """Detections in Google's terms."""
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


def prediction(found: Detection, among: Detections) -> DeepStackPrediction:
    """A detection in DeepStack's terms."""
    width, height = among.image.width, among.image.height
    return DeepStackPrediction(
        label=found.name,
        confidence=found.score,
        x_min=round(found.x * width),
        y_min=round(found.y * height),
        x_max=round((found.x + found.width) * width),
        y_max=round((found.y + found.height) * height),
    )
