"""Hostile request lines and headers, most of which are not HTTP."""

from collections.abc import Iterator
from random import Random

from tests.support.hostile_requests.request import CANARY, Hostile, get, send_photo

METHODS = (
    "",
    "get",
    "GET ",
    " GET",
    "G\0T",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "PUT",
    "PATCH",
    "DELETE",
    "CONNECT",
    CANARY,
    "PRI",
    "é",
    "A" * 5000,
)
VERSIONS = (
    "",
    "HTTP/1.0",
    "HTTP/0.9",
    "HTTP/1.2",
    "HTTP/2.0",
    "HTTP/2",
    "HTTP/9.9",
    "HTTP/1.1.1",
    "http/1.1",
    f"HTTP/{CANARY}",
    "HTTP/1.1 x",
)
TARGETS = (
    "",
    "*",
    "x",
    "http://",
    "http://x",
    "http://x:99999/",
    "ftp://x/",
    "x:80",
    "/ /",
    "/\t",
    "/\0",
    "/\r",
    "\\",
    "/é",
    "?a",
    "#",
)
VALUES = (
    "",
    " ",
    "\t",
    "\0",
    "\x7f",
    "\x80",
    "é",
    "a\rb",
    "a\n b",
    "a\r\n b",
    CANARY,
    '"',
    ",",
    ";",
    "=",
    "%0d%0a",
    "a" * 5000,
    "a" * 9000,
)
NAMES = (
    "",
    " ",
    "a b",
    "a:",
    "a\0",
    "é",
    "(a)",
    "a\t",
    "_",
    "content_length",
    "Content-Length ",
    "a" * 5000,
    CANARY,
    "Proxy",
    "Host",
)
KNOWN = (
    *(
        "Host",
        "Connection",
        "Keep-Alive",
        "Expect",
        "Upgrade",
        "TE",
        "Trailer",
        "Range",
        "If-None-Match",
        "Cookie",
        "Accept",
    ),
    *(
        "Authorization",
        "X-Api-Token",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "Forwarded",
        "Origin",
        "Referer",
        "traceparent",
    ),
    *(
        "Accept-Encoding",
        "User-Agent",
        "Content-Language",
        "Transfer-Encoding",
        "Content-Length",
        "Sec-WebSocket-Key",
        "HTTP2-Settings",
    ),
)
PAGES = ("/", "/docs/", "/docs/icon.svg", "/openapi.yml")
RANGES = (
    *("bytes=0-9", "bytes=9-0", "bytes=-0", "bytes=99999999-", "bytes=a-b", "bytes=", "bytes=--1", CANARY),
    *("bytes=" + "0-0," * 1500, "bytes=0-" + "9" * 5000),
)


def variants(random: Random, photo: bytes) -> Iterator[Hostile]:
    """Heads of every kind."""
    for method in METHODS:
        yield Hostile(f"method {method[:20]!r}", f"{method} /models HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    for version in VERSIONS:
        yield Hostile(f"version {version!r}", f"GET /models {version}\r\nHost: x\r\n\r\n".encode())
    for target in TARGETS:
        yield Hostile(f"target {target!r}", f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    for value in VALUES:
        for name in KNOWN:
            is_whole = name not in ("Transfer-Encoding", "Content-Length")
            yield Hostile(f"{name}: {value[:20]!r}", get("/models", f"{name}: {value}"), is_whole)
            yield Hostile(f"{name}: {value[:20]!r}, with a photo", send_photo(photo, f"{name}: {value}"), is_whole)
    for name in NAMES:
        yield Hostile(f"header {name[:20]!r}", get("/models", f"{name}: a"))
        yield Hostile(f"line {name[:20]!r}", get("/models", name))
    for count in (1, 99, 100, 101, 1000, 100_000):
        yield Hostile(f"{count} headers", get("/models", *["a: b"] * count))
        yield Hostile(f"{count} line breaks first", b"\r\n" * count + get("/models"), is_whole=False)
        yield Hostile(f"{count} folded lines", get("/models", "a: b", *[" c"] * count))
    for size in (100, 4000, 8000, 8300, 65_536, 1_000_000):
        yield Hostile(f"a header of {size}", get("/models", "a: " + "b" * size))
        yield Hostile(f"an address of {size}", get("/" + "a" * size))
        yield Hostile(f"a line of {size} without an end", b"G" * size, is_whole=False)
    yield from _pages()
    yield from _binary(random, photo)


def _pages() -> Iterator[Hostile]:
    for page in PAGES:
        for value in RANGES:
            for name in ("Range", "If-Range", "If-Modified-Since", "If-None-Match"):
                yield Hostile(f"{page} {name}: {value[:20]}", get(page, f"{name}: {value}"))


def _binary(random: Random, photo: bytes) -> Iterator[Hostile]:
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(500)
    yield Hostile("TLS", hello, is_whole=False)
    yield Hostile("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), is_whole=False)
    for size in (1, 10, 100, 10_000):
        yield Hostile(f"{size} random bytes", random.randbytes(size), is_whole=False)
    sound = send_photo(photo)
    head = sound.index(b"\r\n\r\n") + 4
    for _ in range(150):
        at = random.randrange(head)
        yield Hostile("a byte of the head changed", sound[:at] + random.randbytes(1) + sound[at + 1 :], is_whole=False)
    for _ in range(20):
        yield Hostile("cut off", sound[: random.randrange(1, head)], is_whole=False)
