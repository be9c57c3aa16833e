"""The end of each request is clear: a proxy that reads it differently would let one client send requests as another."""

from contextlib import closing

import pytest

from tests.support.raw_connection import LIVE, Reader, connect
from tests.support.server import Server

HEAD = b"POST /predict/image HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
MANY = 1000

AMBIGUOUS = {
    "length-and-chunks": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks-and-length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "equal-lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a-list-of-lengths": HEAD + b"Content-Length: 5, 5\r\n\r\nhello",
    "a-signed-length": HEAD + b"Content-Length: +5\r\n\r\nhello",
    "a-hexadecimal-length": HEAD + b"Content-Length: 0x5\r\n\r\nhello",
    "an-empty-length": HEAD + b"Content-Length: \r\n\r\n",
    "chunked-twice": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "packed-chunks": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "nearly-chunked": HEAD + b"Transfer-Encoding: \x0bchunked\r\nContent-Length: 5\r\n\r\nhello",
    "a-blank-before-the-colon": HEAD + b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\nhello",
    "a-folded-header": HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunks-in-http-1.0": CHUNKED.replace(b"1.1", b"1.0") + b"5\r\nhello\r\n0\r\n\r\n",
    "a-prefixed-size": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "a-signed-size": CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n",
    "an-empty-size": CHUNKED + b"\r\nhello\r\n0\r\n\r\n",
    "a-long-chunk": CHUNKED + b"5\r\nhelloXX0\r\n\r\n",
    "line-feeds": CHUNKED + b"5\nhello\n0\n\n",
    "a-line-feed-in-an-extension": CHUNKED + b"5;a\nhello\r\n0\r\n\r\n",
    "a-length-in-a-trailer": CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 100\r\n\r\n",
    "line-feeds-in-the-head": b"GET /health/live HTTP/1.1\nHost: x\n\n",
    "a-carriage-return-in-a-header": LIVE[:-2] + b"A: a\rTransfer-Encoding: chunked\r\n\r\n",
    "proxy-protocol": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
    "http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}

CLEAR = {
    "body-of-a-get": (LIVE[:-2] + b"Content-Length: %d\r\n\r\n" % len(LIVE) + LIVE, 200),
    "chunked-body-of-a-get": (LIVE[:-2] + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200),
    "body-of-a-refused-method": (b"DELETE /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 405),
    "an-underscore-in-a-name": (HEAD + b"Content_Length: 500\r\nContent-Length: 5\r\n\r\nhello", 422),
    "a-line-end-behind-a-body": (HEAD + b"Content-Length: 5\r\n\r\nhello\r\n", 422),
    "an-extension-of-a-chunk": (CHUNKED + b'5;a="b"\r\nhello\r\n0\r\n\r\n', 422),
    "an-upgrade": (LIVE[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 200),
    "an-absolute-address": (LIVE.replace(b"/health", b"http://x/health"), 200),
    "trace": (LIVE.replace(b"GET", b"TRACE"), 405),
}


@pytest.mark.parametrize("sent", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_nothing_follows_an_ambiguous_request(server: Server, sent: bytes) -> None:
    """A request whose end could be read in two ways is a 400, and what follows it has no answer."""
    with closing(connect(server)) as connection:
        connection.sendall(sent + LIVE * 2)
        reader = Reader(connection)
        assert reader.response()[0] == 400
        assert reader.is_at_end()


@pytest.mark.parametrize(("sent", "status"), CLEAR.values(), ids=CLEAR)
def test_the_next_request_begins_behind_the_body(server: Server, sent: bytes, status: int) -> None:
    """A body is no request, even if it looks like one or nobody wants it; what follows it is one."""
    with closing(connect(server)) as connection:
        connection.sendall(sent + LIVE.replace(b"/live", b"/nowhere"))
        reader = Reader(connection)
        assert [reader.response()[0] for _ in range(2)] == [status, 404]


def test_a_thousand_requests_at_once(server: Server) -> None:
    """Requests that a client sends without waiting for answers are answered in order, however many they are."""
    body = HEAD + b"Content-Length: 5\r\n\r\nhello"
    with closing(connect(server)) as connection:
        connection.sendall((LIVE + body) * (MANY // 2))
        reader = Reader(connection)
        assert [reader.response()[0] for _ in range(MANY)] == [200, 422] * (MANY // 2)
