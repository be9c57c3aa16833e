"""Checks the status and the headers of photo hosts' answers."""

import httpx

from web.fetching.refusals import unfetchable
from web.problems.problem import Refusal

ENDLESS_STREAM = "multipart/"  # multipart/x-mixed-replace: one photo after the other, as cameras stream them
OTHER_MEDIA = ("audio/", "video/", "message/", "text/html", "text/event-stream", "application/json", "application/xml")


def check(answer: httpx.Response, max_bytes: int) -> None:
    """Checks that a photo may follow, before reading any of it.

    Raises:
        Refusal: no photo will follow.
    """
    if answer.status_code in (401, 403):
        raise unfetchable(
            "The photo's host wants a user and password that it knows: put them into the address, "
            "as in https://user:password@host/photo.jpg.",
            f"status {answer.status_code}",
        )
    if answer.status_code != httpx.codes.OK:
        raise unfetchable(
            "The photo's host did not answer with a photo: check the address.", f"status {answer.status_code}"
        )
    media_type = answer.headers.get("Content-Type", "").strip().lower()
    if media_type.startswith(ENDLESS_STREAM):
        raise unfetchable("There is a stream of photos at this address: send the camera's address for a single photo.")
    if media_type.startswith(OTHER_MEDIA):
        raise unfetchable("There is no photo at this address, says its Content-Type: check the address.")
    if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise unfetchable("The photo's host compressed its answer, though asked not to: send the photo itself.")
    if int(answer.headers.get("Content-Length", 0)) > max_bytes:
        raise too_large(max_bytes)


def too_large(max_bytes: int) -> Refusal:
    """The refusal of a photo that is too large by itself."""
    return unfetchable(f"The photo at this address is larger than {max_bytes} bytes.")
