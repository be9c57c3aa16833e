"""Find objects in photos, however they are sent."""

import string

import pybase64
from msgspec import UNSET
from msgspec.structs import asdict, replace

from detector.boxes.filters import Criteria
from detector.detector import Account, Detector, Findings, Query
from detector.errors import DetectorError
from detector.serving.model import Model
from handlers.models import defaults_of
from schemas import (
    BatchRequest,
    BatchResponse,
    BatchResult,
    Detection,
    Detections,
    Dropped,
    Explanation,
    Feature,
    Image,
    ImageRequest,
    ImageSize,
    Options,
    PredictRequest,
    UploadRequest,
)
from web.fetching import FetchedPhotos
from web.problems import Refusal, problem

FRACTION_DIGITS = 6
PIXEL_DIGITS = 2


def predict(detector: Detector, request: PredictRequest) -> Detections:
    """One photo as base64."""
    return detect(detector, from_base64(request.image), [feature_of(request)])


def predict_upload(detector: Detector, request: UploadRequest) -> Detections:
    """One photo as a file of a form."""
    return detect(detector, request.file, [feature_of(request)])


def predict_image(detector: Detector, request: bytes, query: Feature) -> Detections:
    """One photo as it is."""
    return detect(detector, request, [query])


def annotate(detector: Detector, request: UploadRequest) -> bytes:
    """One photo as a file of a form; what is found in it is drawn onto it."""
    return detector.annotate(request.file, queries_of(detector, [feature_of(request)]))


def detect_batch(detector: Detector, fetched: FetchedPhotos, request: BatchRequest) -> BatchResponse:
    """Several photos at once; one that cannot be used costs the others nothing."""

    def answer(entry: ImageRequest) -> Detections | Exception:
        try:
            return detect(detector, photo_of(entry.image, fetched), entry.features or [Feature()])
        except (DetectorError, Refusal) as error:
            return error

    return BatchResponse(responses=[result(each) for each in detector.concurrently(answer, request.requests)])


def detect(detector: Detector, photo: bytes, features: list[Feature]) -> Detections:
    """What the features find in a photo, in the units that they agree on."""
    units = {feature.units for feature in features}
    if len(units) > 1:
        raise Refusal(422, "The features of one photo ask for different units: ask for the same in each.")
    queries = queries_of(detector, features)
    findings = detector.detect(photo, queries)
    explained = [
        explain(account, feature, query.model)
        for account, feature, query in zip(findings.accounts, features, queries, strict=True)
        if feature.explain
    ]
    return replace(shape(findings, in_pixels=units == {"pixel"}), explain=explained or UNSET)


def from_base64(text: str) -> bytes:
    """The bytes that a text stands for; line breaks in it are allowed.

    Raises:
        Refusal: it is not base64.
    """
    if any(blank in text for blank in string.whitespace):  # looking for one costs little, taking them out more
        text = "".join(text.split())
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        raise Refusal(
            422, "The photo is not base64: send its bytes in standard base64, with padding, without a data: prefix."
        ) from None


def photo_of(image: Image, fetched: FetchedPhotos) -> bytes:
    """The bytes of a photo that is sent along or named by its address."""
    if image.source:
        return fetched.photo(image.source.image_uri)
    return from_base64(image.content or "")


def feature_of(request: PredictRequest | UploadRequest) -> Feature:
    """The options in a request that holds them beside the photo."""
    return Feature(**{name: getattr(request, name) for name in Feature.__struct_fields__})


def queries_of(detector: Detector, features: list[Feature]) -> list[Query]:
    """Features in the detector's words, each with the model that it asks."""
    models = detector.models  # which may be replaced at any time
    return [query_of(feature, models.choose(feature.model or None, feature.type or None)) for feature in features]


def options_of(feature: Feature, model: Model) -> Options:
    """What is in force: what a feature states, and the model's defaults for what it leaves out."""
    stated = {name: getattr(feature, name) for name in Options.__struct_fields__}
    return replace(defaults_of(model), **{name: value for name, value in stated.items() if value is not UNSET})


def query_of(feature: Feature, model: Model) -> Query:
    """A feature in the detector's words."""
    options = options_of(feature, model)
    criteria = Criteria(
        score=options.score_th,
        width=options.min_width,
        height=options.min_height,
        iou=options.nms_iou,
        per_class=options.nms == "per_class",
        most=options.max_results,
    )
    return Query(model, criteria, label=feature.type or None)


def shape(findings: Findings, *, in_pixels: bool) -> Detections:
    """Findings in the contract's words."""
    size, digits = ((findings.width, findings.height), PIXEL_DIGITS) if in_pixels else ((1, 1), FRACTION_DIGITS)
    boxes = (findings.boxes_xyxy * [*size, *size]).round(digits)  # all at once: there may be thousands
    boxes[:, 2:] = (boxes[:, 2:] - boxes[:, :2]).round(digits)  # width and height
    scores = findings.scores.round(FRACTION_DIGITS).tolist()
    return Detections(
        image=ImageSize(width=findings.width, height=findings.height),
        normalized_vertices=[
            Detection(x=x, y=y, width=width, height=height, score=score, name=label, model=model)
            for (x, y, width, height), score, label, model in zip(
                boxes.tolist(), scores, findings.labels, findings.models, strict=True
            )
        ],
    )


def explain(account: Account, feature: Feature, model: Model) -> Explanation:
    """How a model's answer to a feature came about."""
    dropped = account.dropped
    return Explanation(
        model=account.model,
        options=replace(feature, **asdict(options_of(feature, model))),
        candidates=account.candidates,
        dropped=Dropped(
            score=dropped.score,
            type=dropped.type,
            size=dropped.size,
            nms=dropped.nms,
            max_results=dropped.max_results,
        ),
    )


def result(answer: Detections | Exception) -> BatchResult:
    """One photo's answer, or the problem in its place."""
    if isinstance(answer, Detections):
        return BatchResult(image=answer.image, normalized_vertices=answer.normalized_vertices, explain=answer.explain)
    status = answer.status if isinstance(answer, Refusal) else 422
    return BatchResult(error=problem(status, str(answer)))
