"""Hostile model files and companions: damaged, cut, with wrong sizes, or not a model at all."""

import io
import random
import struct
import zipfile
from collections.abc import Iterator

from tests.support.damage import damage

SIDECARS = (
    *(
        b"",
        b"\0",
        b"\xff",
        b"[]",
        b"1",
        b"null",
        b"a: b",
        b"labels: 1",
        b"family: [1]",
        b"family: " + b"x" * 100_000,
        b": : :",
    ),
    *(
        b"{" * 10_000,
        b"[" * 10_000,
        b"- " * 10_000,
        b"a: &a [*a]",
        b"!!python/object/apply:os.system ['true']",
        b"!!binary x",
    ),
    b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(98, 108)),
    *(f"defaults: {{score_th: {value}}}".encode() for value in ("NaN", "1e999", "-1", "'0.5'", "[]", "9" * 5000)),
    *(f"input: {value}".encode() for value in ("{}", "{mean: x}", "{std: 0}", "{mean: 1e999}", "[1]")),
)
LABELS = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"\n" * 100_000,
    b"a" * 10_000_000,
    b"\r\r\r",
    b"a\0b\nc",
    b"0 a\n0 b",
    b"99999999999 a",
    b"-1 a",
)


def variants(sound: bytes, labels: bytes, seed: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Names of variants, and their files by suffix; files that a variant does not change are omitted."""
    chance = random.Random(seed)
    for number in range(110):
        yield f"damaged {number}", {".tflite": damage(sound, seed + number)}
    for size in (0, 1, 4, 8, 12, 100, 4096, len(sound) // 2, len(sound) - 1):
        yield f"cut at {size}", {".tflite": sound[:size]}
    for number in (0, 1, 2**31 - 1, 2**31, 2**32 - 1, len(sound) - 4):
        for at in (0, 8, 16, *(4 * chance.randrange(len(sound) // 4 - 1) for _ in range(3))):
            yield f"{number} at {at}", {".tflite": sound[:at] + struct.pack("<I", number) + sound[at + 4 :]}
    for name, content in _behind(labels):
        yield f"{name} behind it", {".tflite": sound + content}
    for content in (
        b"TFL3",
        b"\x1c\0\0\0TFL3" + bytes(100),
        b"\x89HDF\r\n\x1a\n",
        b"PK\3\4",
        b"\x7fELF",
        b"<html>",
        bytes(10_000_000),
    ):
        yield f"not a model: {content[:8]!r}", {".tflite": content}
    for content in SIDECARS:
        yield f"sidecar {content[:20]!r}", {".yml": content}
    for content in LABELS:
        yield f"labels {content[:20]!r}", {".txt": content}


def _behind(labels: bytes) -> Iterator[tuple[str, bytes]]:
    """Archives like those in which TFLite's metadata keeps its label files."""
    for name, files in {
        "an archive": {"labels.txt": labels},
        "a bomb": {"labels.txt": bytes(200_000_000)},
        "a path": {"../../labels.txt": labels},
        "many files": {f"{number}.txt": b"a" for number in range(5000)},
    }.items():
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
            for path, content in files.items():
                opened.writestr(path, content)
        yield name, archive.getvalue()
        yield f"{name}, cut", archive.getvalue()[:-10]
        yield f"{name}, damaged", archive.getvalue().replace(b"PK\1\2", b"PK\1\2\xff")
