"""handlers/detection.py: a batch while others need the memory."""

import asyncio
from contextlib import ExitStack

import pytest

from app import create_detector
from handlers.detection import detect_batch
from schemas import BatchRequest, BatchResponse, Image, ImageRequest
from settings import Settings
from web.admission import Admission, AdmissionLimits, Overloaded
from web.fetching import FetchedPhotos


def batch(photo_base64: str, photos_before: int) -> BatchResponse:
    """The response to a batch of three photos when others take all memory after some of them."""
    with ExitStack() as others:
        started: list[float] = []

        def waited(seconds: float) -> None:
            if len(started) == photos_before:
                others.enter_context(admission.decoding(1 << 30))
            started.append(seconds)

        admission = Admission(AdmissionLimits(1, decoded_bytes=1), waited)
        detector = create_detector(Settings(), admission)
        request = BatchRequest(requests=[ImageRequest(image=Image(content=photo_base64))] * 3)
        return asyncio.run(detect_batch(detector, FetchedPhotos({}), admission, request))


def test_keeps_what_it_has(photo_base64: str) -> None:
    """Photos without memory are a 503 in their place; the others have their detections."""
    first, *others = batch(photo_base64, 1).responses
    assert first.normalized_vertices
    assert [each.error.status for each in others if each.error] == [503, 503]


def test_is_refused_as_a_whole(photo_base64: str) -> None:
    """A batch with memory for none of its photos is a 503."""
    with pytest.raises(Overloaded) as refused:
        batch(photo_base64, 0)
    assert refused.value.reason == "memory"
