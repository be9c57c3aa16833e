"""Bounds on what hosts send, and for how long; with a real host that sends any bytes."""

import gzip
import socket
import struct
import time
from collections.abc import Callable
from itertools import chain, repeat

import pytest

from tests.support.fetching import fetch, fetcher
from tests.support.photo_host import Answer, PhotoHost, ok
from tests.unit.web.fetching.conftest import PHOTO

NO_PHOTO = "The photo's host did not answer with a photo: check the address."
BROKEN_OFF = "The photo's host broke off, or did not speak HTTP: check the address, or try again."
LOGIN = (
    "The photo's host wants a user and password that it knows: put them into the address, "
    "as in https://user:password@host/photo.jpg."
)
STREAM = "There is a stream of photos at this address: send the camera's address for a single photo."
OTHER_MEDIA = "There is no photo at this address, says its Content-Type: check the address."
COMPRESSED = "The photo's host compressed its answer, though asked not to: send the photo itself."
TINY = "The photo's host sends it in thousands of tiny pieces: send the photo itself."
TOO_LARGE = "The photo at this address is larger than 100000 bytes."
LATE = "The photo did not arrive within 0.3 seconds: check its host, or try again."

HEAD = b"HTTP/1.1 200 OK\r\n"


def ask(host: PhotoHost, answer: Answer, seconds: float = 1) -> bytes | str:
    """The outcome of a fetch that gets this response, within some time and 100 kB."""
    host.answers["/photo"] = answer
    [outcome] = fetch(fetcher(host.netloc, seconds=seconds), f"http://{host.netloc}/photo")
    return outcome


def sends(*parts: bytes, forever: bytes = b"", pause: float = 0) -> Callable[[socket.socket], None]:
    """A response in parts, the last of which may be repeated."""

    def send(connection: socket.socket) -> None:
        connection.settimeout(10)
        for part in chain(parts, repeat(forever) if forever else ()):
            connection.sendall(part)
            time.sleep(pause)

    return send


def resets(*parts: bytes) -> Callable[[socket.socket], None]:
    """A response whose connection is reset after some parts."""

    def send(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
        time.sleep(0.1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return send


def silent(connection: socket.socket) -> None:
    """A response that never comes."""
    connection.settimeout(10)
    connection.recv(1)


PHOTOS: dict[str, Answer] = {
    "length": ok(PHOTO),
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x;a=b\r\n%s\r\n0\r\nTrailer: 1\r\n\r\n" % (len(PHOTO), PHOTO),
    "tiny chunks": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"1\r\n%c\r\n" % byte for byte in PHOTO)
    + b"0\r\n\r\n",
    "until the connection is closed": HEAD + b"\r\n" + PHOTO,
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + PHOTO,
    "informational answers first": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok(PHOTO),
    "image/jpeg": ok(PHOTO, "Content-Type: image/jpeg"),
    "application/octet-stream": ok(PHOTO, "Content-Type: application/octet-stream"),
    "a camera that calls it text": ok(PHOTO, "Content-Type: text/plain"),
    "identity": ok(PHOTO, "Content-Encoding: identity"),
}

REFUSED: dict[str, tuple[Answer, str]] = {
    "missing": (b"HTTP/1.1 404 Not Found\r\n\r\n", NO_PHOTO),
    "failing": (b"HTTP/1.1 500 Internal Server Error\r\n\r\n", NO_PHOTO),
    "empty": (b"HTTP/1.1 204 No Content\r\n\r\n", NO_PHOTO),
    "partial": (b"HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\nx", NO_PHOTO),
    "moved nowhere": (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", NO_PHOTO),
    "unauthorised": (b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="camera"\r\n\r\n', LOGIN),
    "forbidden": (b"HTTP/1.1 403 Forbidden\r\n\r\n", LOGIN),
    "MJPEG": (sends(HEAD + b"Content-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n", forever=PHOTO), STREAM),
    "MJPEG in capitals": (sends(HEAD + b"CONTENT-TYPE:  Multipart/X-Mixed-Replace\r\n\r\n", forever=PHOTO), STREAM),
    "video": (sends(HEAD + b"Content-Type: video/mp4\r\n\r\n", forever=PHOTO), OTHER_MEDIA),
    "audio": (sends(HEAD + b"Content-Type: audio/ogg\r\n\r\n", forever=PHOTO), OTHER_MEDIA),
    "events": (sends(HEAD + b"Content-Type: text/event-stream\r\n\r\n", forever=b"data:\n\n"), OTHER_MEDIA),
    "web page": (ok(b"<html>log in</html>", "Content-Type: text/html; charset=utf-8"), OTHER_MEDIA),
    "JSON": (ok(b"{}", "Content-Type: application/json"), OTHER_MEDIA),
    "gzip bomb": (ok(gzip.compress(bytes(1_000_000)), "Content-Encoding: gzip"), COMPRESSED),
    "gzip in gzip": (ok(gzip.compress(gzip.compress(PHOTO)), "Content-Encoding: gzip, gzip"), COMPRESSED),
    "deflate, br, zstd": (ok(PHOTO, "Content-Encoding: deflate", "Content-Encoding: br, zstd"), COMPRESSED),
    "compressed on the way": (
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + gzip.compress(PHOTO),
        BROKEN_OFF,
    ),
    "announced too large": (sends(HEAD + b"Content-Length: 100001\r\n\r\n", b"x", pause=10), TOO_LARGE),
    "announced to be 10 ** 30 bytes": (sends(HEAD + b"Content-Length: 1%s\r\n\r\n" % (b"0" * 30), b"x"), BROKEN_OFF),
    "endless chunks": (
        sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", forever=b"2710\r\n" + bytes(10_000) + b"\r\n"),
        TOO_LARGE,
    ),
    "endless tiny chunks": (
        sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", forever=b"1\r\nx\r\n" * 1_000),
        TINY,
    ),
    "endless informational answers": (sends(b"", forever=b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000), BROKEN_OFF),
    "endless early hints in HTTP/1.0": (sends(b"", forever=b"HTTP/1.0 103 \r\nA: b\r\n\r\n" * 1_000), BROKEN_OFF),
    "endless answers of an unknown version": (sends(b"", forever=b"HTTP/9.9 100\r\n\r\n" * 1_000), BROKEN_OFF),
    "endless": (sends(HEAD + b"\r\n", forever=bytes(10_000)), TOO_LARGE),
    "endless chunk extension": (
        sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", forever=bytes(10_000)),
        BROKEN_OFF,
    ),
    "endless header": (sends(HEAD + b"X-Filler: ", forever=b"x" * 10_000), BROKEN_OFF),
    "endless headers": (sends(HEAD, forever=b"X-Filler: x\r\n" * 1_000), BROKEN_OFF),
    "endless status line": (sends(b"HTTP/1.1 200 ", forever=b"x" * 10_000), BROKEN_OFF),
    "HTTP/0.9": (PHOTO, BROKEN_OFF),
    "SSH": (b"SSH-2.0-OpenSSH_9.2\r\n", BROKEN_OFF),
    "nothing": (b"", BROKEN_OFF),
    "half a header": (b"HTTP/1.1 200 OK\r\nContent-Le", BROKEN_OFF),
    "half a photo": (HEAD + b"Content-Length: 100\r\n\r\nhalf", BROKEN_OFF),
    "half a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\nhalf", BROKEN_OFF),
    "bad chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n", BROKEN_OFF),
    "negative length": (HEAD + b"Content-Length: -1\r\n\r\n", BROKEN_OFF),
    "two lengths": (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", BROKEN_OFF),
    "reset before the header": (resets(), BROKEN_OFF),
    "reset in the header": (resets(HEAD), BROKEN_OFF),
    "reset in the photo": (resets(HEAD + b"Content-Length: 100\r\n\r\nhalf"), BROKEN_OFF),
}

NEVER_COMPLETE: dict[str, Answer] = {
    "silent": silent,
    "dribbling status line": sends(b"H", b"T", forever=b"T", pause=0.1),
    "dribbling headers": sends(HEAD, forever=b"X-Filler: x\r\n", pause=0.1),
    "dribbling photo": sends(HEAD + b"\r\n", forever=b"x", pause=0.1),
    "endless tiny chunks": sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", forever=b"1\r\nx\r\n" * 10, pause=0.01),
}


@pytest.mark.parametrize("name", PHOTOS)
def test_takes_photos(host: PhotoHost, name: str) -> None:
    """A photo is accepted however HTTP frames it."""
    assert ask(host, PHOTOS[name]) == PHOTO


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(host: PhotoHost, name: str) -> None:
    """Anything else is refused with a sentence, whether it ends or not."""
    answer, sentence = REFUSED[name]
    assert ask(host, answer) == sentence


@pytest.mark.parametrize("name", NEVER_COMPLETE)
def test_is_late(host: PhotoHost, name: str) -> None:
    """A response that never completes is refused when its time is over, whatever arrives until then."""
    assert ask(host, NEVER_COMPLETE[name], seconds=0.3) == LATE
