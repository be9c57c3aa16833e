"""Operations for clients of other services."""

from msgspec import UNSET
from msgspec.structs import replace

from detector import Detector
from handlers.batches import each_answer
from handlers.deepstack import check_token, deepstack_response
from handlers.doods import doods_detections, doods_feature
from handlers.google_vision import LOCALIZATION, NOT_OFFERED, to_feature, to_image, to_vision_response, vision_error
from handlers.models import DEFAULT, model_name
from handlers.photo import detect, draw, from_base64, photo_of
from handlers.searches import searches_of
from schemas import (
    DeepStackKeys,
    DeepStackModels,
    DeepStackRequest,
    DeepStackResponse,
    DoodsDetector,
    DoodsDetectors,
    DoodsRequest,
    DoodsResponse,
    VisionBatchRequest,
    VisionBatchResponse,
    VisionRequest,
    VisionResponse,
)
from web.admission import Admission
from web.fetching import FetchedPhotos
from web.tokens import Tokens


async def annotate_like_google_vision(
    detector: Detector, fetched: FetchedPhotos, admission: Admission, request: VisionBatchRequest
) -> VisionBatchResponse:
    """Several photos; one that is unusable, or that there is no memory for now, does not affect the others.

    Raises:
        Overloaded: there is no memory for any of them.
    """

    def answer(entry: VisionRequest) -> VisionResponse:
        offered = [to_feature(feature) for feature in entry.features if feature.type in LOCALIZATION]
        if not offered:
            return VisionResponse(error=NOT_OFFERED)
        found = to_vision_response(detect(detector, photo_of(to_image(entry.image), fetched), offered))
        return found if len(offered) == len(entry.features) else replace(found, error=NOT_OFFERED)

    answers = await each_answer(admission, answer, request.requests)
    return VisionBatchResponse(
        responses=[each if isinstance(each, VisionResponse) else vision_error(each) for each in answers]
    )


def detect_like_deep_stack(detector: Detector, tokens: Tokens, request: DeepStackRequest) -> DeepStackResponse:
    """One photo, as a file of a form; the token, if needed, is another field."""
    return deepstack_response(detector, tokens, request)


def detect_with_model_like_deep_stack(
    detector: Detector, tokens: Tokens, model: str, request: DeepStackRequest
) -> DeepStackResponse:
    """The same, with a model by name."""
    return deepstack_response(detector, tokens, request, model_name(detector, model))


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
