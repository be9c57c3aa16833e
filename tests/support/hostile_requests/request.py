"""A request as the bytes that go over the wire."""

from dataclasses import dataclass

CANARY = "canary7f3"  # no answer may repeat it


@dataclass(frozen=True, slots=True)
class Hostile:
    """A hostile request.

    Attributes:
        name: for reports.
        sent: its bytes.
        is_whole: whether it ends, so that an answer is due at once.
        photos: how many it asks to look at.
    """

    name: str
    sent: bytes
    is_whole: bool = True
    photos: int = 1


def post(path: str, media_type: str, body: bytes, *headers: str) -> bytes:
    """A valid POST with a body."""
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Type: {media_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def get(target: str, *headers: str) -> bytes:
    """A GET."""
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


def send_photo(photo: bytes, *headers: str, query: str = "") -> bytes:
    """A valid POST of a photo's bytes."""
    return post(f"/predict/image{query}", "image/jpeg", photo, *headers)
