"""Hostile forms: boundaries, parts, their headers, and fields."""

from collections.abc import Iterator
from random import Random

from tests.support.hostile_requests.documents import MEMBERS, NUMBERS, TEXTS
from tests.support.hostile_requests.request import CANARY, Hostile, post

PATHS = ("/predict/upload", "/annotate")
BOUNDARIES = (
    *(
        "",
        "-",
        "--",
        "x y",
        "x\t",
        '"x',
        '"x"',
        "'x'",
        "x;y",
        "x" * 70,
        "x" * 71,
        "x" * 200,
        "x" * 4000,
        "é",
        "=?utf-8?q?x?=",
    ),
    *("\\", "%00", "(", "*", ".", "[a-z]+", "(a+)+$", "x--", "-x"),
)
DISPOSITIONS = (
    *(
        "",
        "form-data",
        "form-data;",
        "attachment; name=file",
        'form-data; name=""',
        "form-data; name",
        "form-data; name=",
    ),
    *('form-data; name="file', 'form-data; name="file"; name="model"', 'form-data; name="file"; filename=""'),
    *(
        'form-data; name="file"; filename="../../etc/passwd"',
        "form-data; name*=utf-8''file",
        "form-data; name*=x'y'%ff",
    ),
    *("form-data; name=\"file\"; filename*=utf-8''%00%0d%0a", 'form-data; name="file"; filename="a\\"b"'),
    *(
        'form-data; name="fi\0le"',
        'form-data; name="file"; filename="é"',
        f'form-data; name="{CANARY}"; filename="{CANARY}"',
    ),
    *('form-data; name="file"; ' + "a=b; " * count for count in (10, 1000, 10_000)),
    *('form-data; name="file"; ' + 'a="' * count for count in (10, 1000, 10_000)),
    *('form-data; name="file"; ' + "a*0*=b;" * count for count in (10, 1000)),
    *('form-data; name="' + "a" * count + '"' for count in (100, 10_000, 1_000_000)),
)
PART_HEADERS = (
    *("Content-Type: multipart/mixed; boundary=y", "Content-Type: text/plain; charset=utf-7", "Content-Type: ;;;"),
    *("Content-Type: image/jpeg; charset=idna", "Content-Type:", f"Content-Type: {CANARY}", "Content-Length: -1"),
    *(
        "Content-Length: 99999999999",
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable",
    ),
    *(
        "no colon",
        ": no name",
        "a: b\r\n c",
        "\x80: x",
        "a" * 10_000 + ": b",
        "a: " + "b" * 100_000,
        "a: b\r\n" * 5000 + "a: b",
    ),
)


def part(name: str, content: bytes, *headers: str, disposition: str = "", filename: str = "") -> bytes:
    """A part of a form whose boundary is x."""
    disposition = disposition or f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    lines = ["--x", f"Content-Disposition: {disposition}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content + b"\r\n"


def variants(random: Random, photo: bytes) -> Iterator[Hostile]:
    """Forms of every kind."""
    file = part("file", photo, filename="a.jpg")
    for path in PATHS:
        for name, body in (*_parts(photo, file), *_fields(file), *_damaged(random, file + b"--x--\r\n")):
            yield Hostile(f"{path} {name}", post(path, "multipart/form-data; boundary=x", body))
        for boundary in BOUNDARIES:
            body = file.replace(b"--x", b"--" + boundary.encode()) + b"--" + boundary.encode() + b"--\r\n"
            for written in (boundary, f'"{boundary}"', f"{boundary}; boundary=y"):
                yield Hostile(f"boundary {boundary[:20]}", post(path, f"multipart/form-data; boundary={written}", body))
        for media_type in (
            "multipart/form-data",
            "multipart/mixed; boundary=x",
            "multipart/form-data; boundary*=utf-8''x",
        ):
            yield Hostile(f"{path} {media_type}", post(path, media_type, file + b"--x--\r\n"))


def _parts(photo: bytes, file: bytes) -> Iterator[tuple[str, bytes]]:
    for disposition in DISPOSITIONS:
        yield f"disposition {disposition[:40]}", part("", photo, disposition=disposition) + file + b"--x--\r\n"
    for header in PART_HEADERS:
        yield f"part with {header[:40]!r}", part("file", photo, header, filename="a") + b"--x--\r\n"
    for count in (0, 1, 2, 99, 100, 101, 1000, 100_000):
        yield f"{count} files", part("file", b"", filename="a") * count + b"--x--\r\n"
        yield f"{count} texts", part("model", b"") * count + file + b"--x--\r\n"
        yield f"{count} boundaries", b"--x\r\n" * count + file + b"--x--\r\n"
        yield f"{count} empty parts", b"--x\r\n\r\n\r\n" * count + file + b"--x--\r\n"
        yield f"{count} bytes before", b"\r\n" * count + file + b"--x--\r\n"
        yield f"{count} hyphens", file + b"--x" + b"-" * count + b"\r\n"
        yield f"{count} line breaks within", part("file", b"\r\n--" * count, filename="a") + b"--x--\r\n"
        yield f"{count} returns within", part("file", b"\r" * count, filename="a") + b"--x--\r\n"
    for within in (b"\r\n--xy", b"\n--x-", b"\r\n--x" + b" " * 30 + b"y", b"\r\n--x" + b" " * 3000 + b"y"):
        crowd = within * (30_000_000 // len(within))
        yield f"30 MB of {within[:8]!r}", part("file", crowd, filename="a") + b"--x--\r\n"
    yield "line feeds alone", (file + b"--x--\r\n").replace(b"\r\n", b"\n")
    yield "no end", file
    yield "another boundary", file.replace(b"--x", b"--y")


def _fields(file: bytes) -> Iterator[tuple[str, bytes]]:
    texts = (*(number.encode() for number in NUMBERS), *TEXTS)
    for index, text in enumerate(texts):
        for member in (MEMBERS[2 + index % (len(MEMBERS) - 2)], CANARY):
            yield f"{member}: {text[:20]!r}", part(member, text) + file + b"--x--\r\n"
    for member in MEMBERS[2:]:
        yield f"{member} twice", part(member, b"1") * 2 + file + b"--x--\r\n"
        yield f"{member} as a file", part(member, b"1", filename="a") + file + b"--x--\r\n"


def _damaged(random: Random, sound: bytes) -> Iterator[tuple[str, bytes]]:
    for _ in range(40):
        at = random.randrange(len(sound)) if random.random() < 0.5 else random.randrange(100)
        yield "a byte changed", sound[:at] + random.randbytes(1) + sound[at + 1 :]
        yield "cut off", sound[:at]
        yield "a part again", sound[: at + 50] + sound[at:]
