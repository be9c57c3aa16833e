"""handlers/batches.py: a batch while others need the memory."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import TypeVar

import pytest

from app import create_detector
from detector import Detector
from handlers.compatibility import annotate_like_google_vision
from handlers.detection import detect_batch
from schemas import (
    BatchRequest,
    BatchResponse,
    Image,
    ImageRequest,
    VisionBatchRequest,
    VisionBatchResponse,
    VisionFeature,
    VisionImage,
    VisionImageSource,
    VisionRequest,
)
from settings import Settings
from web.admission import Admission, AdmissionLimits, Overloaded
from web.fetching import FetchedPhotos
from web.problems.problem import Refusal

Response = TypeVar("Response")

LOCALIZE = [VisionFeature(type="OBJECT_LOCALIZATION")]
NOTHING = FetchedPhotos({})


def crowded(photos_before: int, ask: Callable[[Detector, Admission], Awaitable[Response]]) -> Response:
    """The response when others take all memory after some of the photos."""
    with ExitStack() as others:
        started: list[float] = []

        def waited(seconds: float) -> None:
            if len(started) == photos_before:
                others.enter_context(admission.decoding(1 << 30))
            started.append(seconds)

        admission = Admission(AdmissionLimits(1, decoded_bytes=1), waited)
        detector = create_detector(Settings(), admission)

        async def run() -> Response:
            return await ask(detector, admission)

        return asyncio.run(run())


def batch(photo_base64: str, photos_before: int) -> BatchResponse:
    """The response to a batch of three photos."""
    request = BatchRequest(requests=[ImageRequest(image=Image(content=photo_base64))] * 3)
    return crowded(photos_before, lambda detector, admission: detect_batch(detector, NOTHING, admission, request))


def google(photo_base64: str, photos_before: int) -> VisionBatchResponse:
    """The response to the same in Google's form."""
    request = VisionBatchRequest(
        requests=[VisionRequest(image=VisionImage(content=photo_base64), features=LOCALIZE)] * 3
    )
    return crowded(
        photos_before,
        lambda detector, admission: annotate_like_google_vision(detector, NOTHING, admission, request),
    )


def test_keeps_what_it_has(photo_base64: str) -> None:
    """Photos without memory are a 503 in their place; the others have their detections."""
    first, *others = batch(photo_base64, 1).responses
    assert first.normalized_vertices
    assert [each.error.status for each in others if each.error] == [503, 503]


def test_keeps_what_it_has_for_google(photo_base64: str) -> None:
    """Photos without memory are UNAVAILABLE in their place; the others have their objects."""
    first, *others = google(photo_base64, 1).responses
    assert first.localized_object_annotations
    assert [each.error.code for each in others if each.error] == [14, 14]


def test_unfetched_for_lack_of_room_for_google() -> None:
    """A photo whose bytes found no room while it was fetched is UNAVAILABLE, and not the caller's mistake."""
    address = "https://photos.example/street.jpg"
    fetched = FetchedPhotos({address: Refusal(503, str(Overloaded()))})
    entry = VisionRequest(image=VisionImage(source=VisionImageSource(image_uri=address)), features=LOCALIZE)
    response = crowded(
        3,
        lambda detector, admission: annotate_like_google_vision(
            detector, fetched, admission, VisionBatchRequest(requests=[entry])
        ),
    )
    assert [each.error.code for each in response.responses if each.error] == [14]


@pytest.mark.parametrize("ask", [batch, google])
def test_is_refused_as_a_whole(ask: Callable[[str, int], object], photo_base64: str) -> None:
    """A batch with memory for none of its photos is a 503."""
    with pytest.raises(Overloaded) as refused:
        ask(photo_base64, 0)
    assert refused.value.reason == "memory"
