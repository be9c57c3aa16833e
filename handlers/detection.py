"""Finds objects in photos, for every way of sending them."""

from collections.abc import Sequence

from msgspec.structs import replace

from detector import Detector, DetectorError
from handlers.batches import each_answer
from handlers.causes import code_of_error, detail_of_error
from handlers.options import feature_of
from handlers.photo import detect, draw, find, from_base64, photo_of
from handlers.searches import Search, searches_of
from handlers.tiles import share_tiles
from schemas import (
    BatchRequest,
    BatchResponse,
    BatchResult,
    Detections,
    Fault,
    Feature,
    ImageRequest,
    PredictImageParametersQuery,
    PredictRequest,
    Problem,
    UploadRequest,
)
from web.admission import Admission, Overloaded
from web.fetching import FetchedPhotos
from web.problems.problem import Refusal, problem

FEATURE_CAUSES = {"unknown-label", "unknown-model", "mixed-units"}  # causes that lie in what is looked for
QUICK = 16  # features whose models are chosen in the event loop; a thousand take 5 to 20 ms


def predict(detector: Detector, fetched: FetchedPhotos, request: PredictRequest) -> Detections:
    """One photo, as base64 or by address."""
    if request.image and request.image_uri:
        raise Refusal.for_faults([Fault(pointer="#/imageUri", detail="must not be sent beside image")])
    if request.image:
        photo = from_base64(request.image)
    elif request.image_uri:
        photo = fetched.photo(request.image_uri)
    else:
        raise Refusal.for_faults([Fault(pointer="#/image", detail="is required, unless imageUri is sent")])
    return detect(detector, photo, [feature_of(request)])


def predict_upload(detector: Detector, request: UploadRequest) -> Detections:
    """One photo, as a file of a form."""
    return detect(detector, request.file, [feature_of(request)])


def predict_image(detector: Detector, request: bytes, query: PredictImageParametersQuery) -> Detections:
    """One photo, as raw bytes."""
    return detect(detector, request, [feature_of(query)])


def annotate(detector: Detector, request: UploadRequest) -> bytes:
    """One photo, as a file of a form, with its objects drawn onto it."""
    return draw(detector, request.file, [feature_of(request)])


async def detect_batch(
    detector: Detector, fetched: FetchedPhotos, admission: Admission, request: BatchRequest
) -> BatchResponse:
    """Several photos; one that is unusable, or that there is no memory for now, does not affect the others.

    Raises:
        Overloaded: there is no memory for any of them.
    """
    wanted = await searches_of_batch(detector, admission, request.requests)
    max_tiles = share_tiles(detector, [each for each in wanted if isinstance(each, list)], "#/requests")

    def answer(asked: tuple[ImageRequest, list[Search] | DetectorError | Refusal]) -> Detections:
        entry, searches = asked
        photo = photo_of(entry.image, fetched)
        if not isinstance(searches, list):
            raise searches
        return find(detector, photo, searches, max_tiles)

    answers = await each_answer(admission, answer, list(zip(request.requests, wanted, strict=True)))
    return BatchResponse(responses=[with_pointer(result(each), index) for index, each in enumerate(answers)])


async def searches_of_batch(
    detector: Detector, admission: Admission, entries: Sequence[ImageRequest]
) -> list[list[Search] | DetectorError | Refusal]:
    """The searches for each photo of a batch, or the error; in a thread if there are many."""

    def all_searches() -> list[list[Search] | DetectorError | Refusal]:
        return [searches_or_error(detector, entry, index) for index, entry in enumerate(entries)]

    is_quick = sum(len(entry.features or ()) for entry in entries) <= QUICK
    return all_searches() if is_quick else await admission.run(all_searches)


def searches_or_error(detector: Detector, entry: ImageRequest, index: int) -> list[Search] | DetectorError | Refusal:
    """The searches for the photo at an index of a batch, or the error, which does not affect the others."""
    try:
        return searches_of(detector, entry.features or [Feature()], f"/requests/{index}/features")
    except (DetectorError, Refusal) as error:
        return error


def result(answer: Detections | DetectorError | Refusal | Overloaded) -> BatchResult:
    """The result for one photo of a batch: detections, or a problem instead."""
    if isinstance(answer, Detections):
        return BatchResult(image=answer.image, normalized_vertices=answer.normalized_vertices, explain=answer.explain)
    if isinstance(answer, Refusal):
        return BatchResult(error=problem(answer.status, str(answer), answer.faults, answer.code))
    if isinstance(answer, Overloaded):
        return BatchResult(error=problem(503, str(answer)))
    return BatchResult(error=problem(422, detail_of_error(answer), code=code_of_error(answer)))


def with_pointer(result: BatchResult, index: int) -> BatchResult:
    """The result for the request at an index of a batch; a problem points at what it is about."""
    error = result.error
    if not isinstance(error, Problem) or error.errors or error.status >= 500:
        return result
    member = "features" if error.code in FEATURE_CAUSES else "image"
    place = Fault(pointer=f"#/requests/{index}/{member}", detail=error.detail)
    return replace(result, error=replace(error, errors=[place]))
