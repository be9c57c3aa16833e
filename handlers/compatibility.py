"""Operations for clients of other services."""

import time

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from detector import Detector, DetectorError
from handlers.batches import each_answer
from handlers.causes import code_of_error, detail_of_error
from handlers.doods import doods_detections, min_score
from handlers.models import DEFAULT
from handlers.photo import FRACTION_DIGITS, detect, draw, from_base64, photo_of
from handlers.searches import searches_of
from schemas import (
    DeepStackKeys,
    DeepStackModels,
    DeepStackPrediction,
    DeepStackRequest,
    DeepStackResponse,
    Detection,
    Detections,
    DoodsDetector,
    DoodsDetectors,
    DoodsRequest,
    DoodsResponse,
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
from web.admission import Admission, Overloaded
from web.fetching import FetchedPhotos
from web.problems.problem import Refusal
from web.tokens import Tokens

# The contract's limits; a test compares them.
MAX_RESULTS = 300
MAX_PREDICTIONS = 20  # Frigate's plugin fails if there are more

# Source of the numbers: google.rpc.Code in google/rpc/code.proto.
INVALID_ARGUMENT = 3
UNIMPLEMENTED = 12
UNAVAILABLE = 14

LOCALIZATION = ("OBJECT_LOCALIZATION", 19)  # name and number in Feature.Type of image_annotator.proto
NOT_OFFERED = VisionStatus(
    code=UNIMPLEMENTED, message="This server offers the feature OBJECT_LOCALIZATION alone: ask for that."
)


async def annotate_like_google_vision(
    detector: Detector, fetched: FetchedPhotos, admission: Admission, request: VisionBatchRequest
) -> VisionBatchResponse:
    """Several photos; one that is unusable, or that there is no memory for now, does not affect the others.

    Raises:
        Overloaded: there is no memory for any of them.
    """

    def answer(entry: VisionRequest) -> VisionResponse:
        offered = [feature_of(feature) for feature in entry.features if feature.type in LOCALIZATION]
        if not offered:
            return VisionResponse(error=NOT_OFFERED)
        found = to_vision_response(detect(detector, photo_of(image_of(entry.image), fetched), offered))
        return found if len(offered) == len(entry.features) else replace(found, error=NOT_OFFERED)

    answers = await each_answer(admission, answer, request.requests)
    return VisionBatchResponse(
        responses=[each if isinstance(each, VisionResponse) else vision_error(each) for each in answers]
    )


def detect_like_deep_stack(detector: Detector, tokens: Tokens, request: DeepStackRequest) -> DeepStackResponse:
    """One photo, as a file of a form; the token, if needed, is another field."""
    return deep_stack(detector, tokens, request, Feature())


def detect_with_model_like_deep_stack(
    detector: Detector, tokens: Tokens, model: str, request: DeepStackRequest
) -> DeepStackResponse:
    """The same, with a model by name."""
    return deep_stack(detector, tokens, request, Feature(model=model_name(detector, model)))


async def list_models_like_deep_stack(
    detector: Detector, tokens: Tokens, request: DeepStackKeys | None = None, x_api_token: str = ""
) -> DeepStackModels:
    """The names of the loaded models; the token, if one is needed, is a field or the header.

    Raises:
        Refusal: the token is not accepted.
    """
    check_token(tokens, request, x_api_token)
    return DeepStackModels(success=True, models=[model.name for model in detector.models], code=200)


async def list_detectors_like_doods(detector: Detector) -> DoodsDetectors:
    """The loaded models, and `default` for the default one."""
    detectors = [
        DoodsDetector(
            name=model.name,
            type="tflite",
            model=model.name,
            labels=list(model.labels),
            width=model.family.input.width,
            height=model.family.input.height,
        )
        for model in detector.models
    ]
    if DEFAULT not in [each.name for each in detectors]:
        detectors.append(replace(detectors[0], name=DEFAULT))
    return DoodsDetectors(detectors=detectors)


def detect_like_doods(detector: Detector, request: DoodsRequest) -> DoodsResponse:
    """One photo as base64, with a minimum confidence per label."""
    found = detect(detector, from_base64(request.data), [doods_feature(detector, request)])
    return DoodsResponse(id=request.id or UNSET, detections=list(doods_detections(found, request)))


def annotate_like_doods(detector: Detector, request: DoodsRequest) -> bytes:
    """The same, answered with the photo and a box around each object."""
    photo, feature = from_base64(request.data), doods_feature(detector, request)
    labels = request.detect or {}
    [search] = searches_of(detector, [feature])
    known = [
        replace(feature, type=label, score_th=value / 100)
        for label, value in labels.items()
        if label in search.model.labels
    ]
    return draw(detector, photo, [feature] if "*" in labels or not known else known)


def doods_feature(detector: Detector, request: DoodsRequest) -> Feature:
    """A feature that finds everything that a DOODS request may want."""
    score, name = min_score(request), request.detector_name
    feature = any_size(max_results=MAX_RESULTS) if score is None else any_size(score_th=score, max_results=MAX_RESULTS)
    return replace(feature, model=model_name(detector, name) if name else UNSET)


def model_name(detector: Detector, name: str) -> str | UnsetType:
    """The name of a model; `default` leaves the choice to the service, unless a model has that name."""
    return name if name != DEFAULT or name in [model.name for model in detector.models] else UNSET


def deep_stack(detector: Detector, tokens: Tokens, request: DeepStackRequest, feature: Feature) -> DeepStackResponse:
    """Finds objects in a photo, with DeepStack's options and its field for the token.

    Raises:
        Refusal: the token is not accepted, or the photo cannot be used.
    """
    check_token(tokens, request)
    started = time.perf_counter()
    wanted = replace(any_size(score_th=request.min_confidence, max_results=MAX_PREDICTIONS), model=feature.model)
    try:
        found = detect(detector, request.image, [wanted])
    except DetectorError as error:
        raise Refusal(400, detail_of_error(error), code=code_of_error(error)) from None
    milliseconds = round((time.perf_counter() - started) * 1000)
    predictions = [prediction(each, found) for each in found.normalized_vertices]
    return DeepStackResponse(
        success=True,
        predictions=predictions,
        message=f"Found {', '.join(each.label for each in predictions) or 'nothing'}",
        count=len(predictions),
        inference_ms=milliseconds,
        process_ms=milliseconds,
        code=200,
    )


def check_token(tokens: Tokens, keys: DeepStackRequest | DeepStackKeys | None, header: str = "") -> None:
    """Checks the token among a form's fields.

    Raises:
        Refusal: it is not accepted.
    """
    sent = [header, *([keys.api_key, keys.admin_key] if keys else [])]
    if not any(tokens.accepts(key.encode()) for key in sent if key) and tokens.required:
        raise Refusal(401, "Send a valid token in the field api_key.")


def any_size(**options: float) -> Feature:
    """A feature without a minimum size, which the other services lack."""
    return replace(Feature(), min_width=0.0, min_height=0.0, **options)


def image_of(image: VisionImage) -> Image:
    """The photo, sent or by address. Google's rule: content takes precedence over the source."""
    if image.content:
        return Image(content=image.content)
    if image.source and (uri := image.source.image_uri or image.source.image_uri_in_snake_case):
        return Image(source=ImageSource(image_uri=uri))
    raise Refusal(422, "The photo has no bytes: send it as content.", code="no-image")


def feature_of(feature: VisionFeature) -> Feature:
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


def prediction(found: Detection, among: Detections) -> DeepStackPrediction:
    """Converts a detection to DeepStack's form."""
    width, height = among.image.width, among.image.height
    return DeepStackPrediction(
        label=found.name,
        confidence=found.score,
        x_min=round(found.x * width),
        y_min=round(found.y * height),
        x_max=round((found.x + found.width) * width),
        y_max=round((found.y + found.height) * height),
    )
