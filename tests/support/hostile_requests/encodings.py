"""Hostile headers of bodies: codings, media types, lengths."""

import gzip
import zlib
from collections.abc import Iterator
from random import Random

from tests.support.hostile_requests.request import CANARY, Hostile, post

MEDIA_TYPES = (
    *(
        "",
        "/",
        "a",
        "a/b/c",
        "image/*",
        "*/*",
        "IMAGE/JPEG",
        "image/jpeg;;;",
        "image/jpeg; charset=utf-16",
        "text/plain",
        "text/html",
    ),
    *(
        "application/json; charset=utf-16",
        "application/json; charset=x",
        "application/vnd.api+json",
        "application/xml",
        CANARY,
    ),
    *(
        "multipart/form-data",
        "multipart/form-data; boundary",
        "application/x-www-form-urlencoded",
        "image/svg+xml",
        "video/mp4",
    ),
    *(
        "application/json, application/json",
        "a" * 5000 + "/b",
        "image/jpeg; " + "a=b;" * 1000,
        "image/jpeg; a=" + '"' * 1000,
    ),
)
PATHS = ("/", "/predict", "/predict/upload", "/predict/image", "/annotate", "/models", "/health/live", "/nowhere")


def variants(random: Random, photo: bytes) -> Iterator[Hostile]:
    """Bodies of every coding and media type."""
    for media_type in MEDIA_TYPES:
        for path in PATHS:
            yield Hostile(f"{path} as {media_type[:30]}", post(path, media_type, photo))
            yield Hostile(f"{path} as {media_type[:30]}, empty", post(path, media_type, b""))
    for name, body in _packed(random, photo):
        for coding in ("gzip", "deflate"):
            yield Hostile(
                f"{name} as {coding}", post("/predict/image", "image/jpeg", body, f"Content-Encoding: {coding}")
            )
            yield Hostile(
                f"{name} as {coding}, JSON", post("/", "application/json", body, f"Content-Encoding: {coding}")
            )
    for coding in (
        "br",
        "zstd",
        "compress",
        "gzip, gzip",
        "gzip,deflate",
        "identity, identity",
        "",
        ",",
        "*",
        CANARY,
        "GZIP",
        "x-gzip",
    ):
        sent = post("/predict/image", "image/jpeg", gzip.compress(photo), f"Content-Encoding: {coding}")
        yield Hostile(f"coding {coding}", sent)


def _packed(random: Random, photo: bytes) -> Iterator[tuple[str, bytes]]:
    sound = gzip.compress(photo)
    yield "nothing", b""
    yield "a photo", photo
    for size in (1 << 20, 31 << 20, 33 << 20, 300 << 20):
        bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
        megabyte = bytes(1 << 20)
        packed = b"".join(bomb.compress(megabyte) for _ in range(size >> 20)) + bomb.flush()
        yield f"{size >> 20} MB of zeros", packed
    for count in (20_000, 400_000):
        yield f"{count} members", gzip.compress(b"") * count
    yield "a member in a member", gzip.compress(gzip.compress(bytes(30 << 20)))
    yield "JSON of a million values", gzip.compress(b'{"requests": [' + b"0," * 1_000_000 + b"0]}")
    for _ in range(20):
        at = random.randrange(len(sound))
        yield "a byte changed", sound[:at] + random.randbytes(1) + sound[at + 1 :]
        yield "cut off", sound[:at]
        yield "followed by more", sound + random.randbytes(at % 50)
