"""Hostile framing: where a body begins and ends, and what follows it."""

from collections.abc import Iterator
from random import Random

from tests.support.hostile_requests.request import CANARY, Hostile, get, send_photo

LENGTHS = (
    *(
        "+5",
        "-1",
        "-0",
        "0x5",
        "5 ",
        " 5",
        "5,5",
        "5, 6",
        "5;",
        "5.0",
        "1e1",
        "",
        "\u0665",
        "5\0",
        "9" * 19,
        "9" * 21,
        "9" * 5000,
        CANARY,
    ),
    *("00000005", "5_0", "NaN"),
)
CODINGS = (
    "Chunked",
    "chunked, chunked",
    "gzip, chunked",
    "chunked, gzip",
    "identity",
    "xchunked",
    "chunked;a",
    " chunked",
    CANARY,
    "",
)
CHUNKS = (
    *(
        b"0\r\n\r\n",
        b"\r\n",
        b"0\n\n",
        b"00000\r\n\r\n",
        b"-1\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
    ),
    *(
        b"5\r\nhel",
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"5\nhello\n0\n\n",
        b"G\r\n\r\n",
        b"ffffffffffffffff\r\n",
        b"7fffffff\r\nhello",
    ),
    *(b"9" * 5000 + b"\r\n", b"5;" + b"a=b;" * 10_000 + b"\r\nhello\r\n0\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n"),
    *(b"1\r\na\r\n" * count + b"0\r\n\r\n" for count in (1, 1000, 50_000, 1_000_000)),
    *(b"0\r\n" + b"a: b\r\n" * count + b"\r\n" for count in (1, 100, 100_000)),
    *(b"0\r\nContent-Length: 5\r\n\r\n", b"0\r\n" + b"a" * 100_000, b"5\r\n" + CANARY.encode() + b"\r\n0\r\n\r\n"),
)
HEAD = b"POST /predict/image HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n"


def variants(random: Random, photo: bytes) -> Iterator[Hostile]:
    """Framing of every kind; much of it leaves open if more follows."""
    for length in LENGTHS:
        yield _open(f"length {length[:20]!r}", HEAD + f"Content-Length: {length}\r\n\r\nhello".encode())
        two = f"Content-Length: 5\r\nContent-Length: {length}\r\n\r\nhello".encode()
        yield _open(f"lengths 5 and {length[:20]!r}", HEAD + two)
    for coding in CODINGS:
        chunk = b"5\r\nhello\r\n0\r\n\r\n"
        yield _open(f"coding {coding!r}", HEAD + f"Transfer-Encoding: {coding}\r\n\r\n".encode() + chunk)
        both = f"Content-Length: 5\r\nTransfer-Encoding: {coding}\r\n\r\n".encode()
        yield _open(f"a length, and coding {coding!r}", HEAD + both + chunk)
        yield _open(f"coding {coding!r} in HTTP/1.0", (HEAD + both + chunk).replace(b"HTTP/1.1", b"HTTP/1.0"))
    for chunks in CHUNKS:
        yield _open(f"chunks {chunks[:20]!r}", HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    sound = b"%x\r\n%b\r\n0\r\n\r\n" % (len(photo), photo)
    for _ in range(60):
        at = random.choice([random.randrange(8), random.randrange(len(sound)), len(sound) - 1 - random.randrange(9)])
        changed = sound[:at] + random.randbytes(1) + sound[at + 1 :]
        yield _open("a byte of chunks changed", HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + changed)
    yield from _behind(photo)


def _behind(photo: bytes) -> Iterator[Hostile]:
    """Several requests on one connection, and bytes that look like one."""
    inner = get(f"/{CANARY}")
    for count in (2, 50, 500):
        yield Hostile(f"{count} requests at once", get("/models") * count)
        yield Hostile(f"{count} photos at once", send_photo(photo) * min(count, 20), photos=20)
    yield Hostile("a body that is a request", send_photo(inner))
    yield _open("a body to a GET", get("/models", f"Content-Length: {len(inner)}") + inner)
    yield _open("more than the length", send_photo(photo[:100]) + photo[100:])
    yield _open("less than the length", send_photo(photo)[:-10])
    for expected in ("100-continue", "100-Continue", "200-ok", "100-continue, 100-continue", CANARY, ""):
        yield Hostile(f"Expect: {expected}", send_photo(photo, f"Expect: {expected}"))


def _open(name: str, sent: bytes) -> Hostile:
    return Hostile(name, sent, is_whole=False)
