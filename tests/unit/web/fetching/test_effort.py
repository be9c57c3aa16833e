"""web/fetching/effort.py: hosts that would keep the event loop busy, with a real host."""

import socket
import time

import pytest

from tests.support.fetching import fetch, fetcher
from tests.support.photo_host import Answer, PhotoHost, ok
from tests.unit.web.fetching.conftest import PHOTO

BROKEN_OFF = "The photo's host broke off, or did not speak HTTP: check the address, or try again."
TINY = "The photo's host sends it in thousands of tiny pieces: send the photo itself."
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


def dribbles(*first: bytes, piece: bytes) -> Answer:
    """A response of pieces that arrive one by one, thousands per second, without end."""

    def send(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in first:
            connection.sendall(part)
        while True:
            connection.sendall(piece)
            time.sleep(0.0002)

    return send


BUSY: dict[str, Answer] = {
    "thousands of headers": HEAD + b"a:\r\n" * 10_000 + b"Content-Length: 1\r\n\r\nx",
    "thousands of cookies": HEAD + b"Set-Cookie: a=b\r\n" * 2_000 + b"Content-Length: 1\r\n\r\nx",
    "a header of 60 KB": HEAD + b"a: " + b"b" * 60_000 + b"\r\nContent-Length: 1\r\n\r\nx",
    "a redirect with thousands of headers": b"HTTP/1.1 302 Found\r\nLocation: /a.jpg\r\n"
    + b"a:\r\n" * 10_000
    + b"\r\n",
    "early hints with thousands of headers": b"HTTP/1.1 103 \r\n" + b"a:\r\n" * 10_000 + b"\r\n" + ok(PHOTO),
    "thousands of early hints": HINTS * 1_000 + ok(PHOTO),
    "early hints that are cut differently": dribbles(b"HTTP/1.", piece=b"1 103 X\r\n\r\nHTTP/1."),
    "a dribbling head": dribbles(HEAD + b"a: ", piece=b"x"),
    "a dribbling head of line feeds": dribbles(b"HTTP/1.1 200 OK\n", piece=b"a:\n"),
    "dribbling chunks": dribbles(CHUNKED, piece=b"1\r\nx\r\n"),
    "a dribbling chunk extension": dribbles(CHUNKED + b"1;", piece=b"x"),
    "dribbling trailers": dribbles(CHUNKED + b"1\r\nx\r\n0\r\n", piece=b"x"),
    "large chunk extensions": dribbles(CHUNKED, piece=b"1;" + b"e" * 60_000 + b"\r\nx\r\n"),
}

HONEST: dict[str, Answer] = {
    "a hundred headers": HEAD + b"a: b\r\n" * 100 + b"Content-Length: %d\r\n\r\n" % len(PHOTO) + PHOTO,
    "some early hints": HINTS * 5 + ok(PHOTO),
    "a blank line in the photo": ok(b"\n\n" + PHOTO),
    "what looks like early hints in the photo": ok(HINTS * 1_000),
}


@pytest.mark.parametrize("name", BUSY)
def test_ends_what_keeps_the_event_loop_busy(host: PhotoHost, name: str) -> None:
    """A host whose answer costs more work than a photo is given up long before the time is up."""
    host.answers["/busy"] = BUSY[name]
    addresses = [f"http://{host.netloc}/busy?{number}" for number in range(16)]
    assert set(fetch(fetcher(host.netloc, seconds=60), *addresses)) <= {BROKEN_OFF, TINY}


@pytest.mark.parametrize("name", HONEST)
def test_takes_photos(host: PhotoHost, name: str) -> None:
    """Whatever honest hosts send is accepted."""
    host.answers["/honest"] = HONEST[name]
    (photo,) = fetch(fetcher(host.netloc), f"http://{host.netloc}/honest")
    assert isinstance(photo, bytes), photo


def test_a_busy_host_spares_the_photos_of_others(host: PhotoHost) -> None:
    """While one address of a request dribbles until it is given up, the photos at the others are fetched."""
    host.answers["/busy"] = dribbles(HEAD + b"a: ", piece=b"x")
    host.answers["/slow"] = slow
    busy, slowly = (f"http://{host.netloc}/{path}" for path in ("busy", "slow"))
    assert fetch(fetcher(host.netloc, seconds=60), busy, slowly) == [BROKEN_OFF, PHOTO]


def slow(connection: socket.socket) -> None:
    """A photo in a few pieces, the last of which comes late."""
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(PHOTO) + PHOTO[:-1])
    time.sleep(3)
    connection.sendall(PHOTO[-1:])
