"""Hostile JSON: deep, wide, large, malformed, or with demanding options."""

import json
from base64 import b64encode
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.support.hostile_requests import options
from tests.support.hostile_requests.request import CANARY, Hostile, post

PATHS = ("/", "/predict")
SIZES = (10, 100, 1000, 10_000, 100_000, 1_000_000)
VALUES = (
    "0",
    "-0",
    "null",
    "true",
    '""',
    "[]",
    "{}",
    f'"{CANARY}"',
    "1e400",
    "-1",
    f'{{"{CANARY}": 1}}',
    "[[]]",
    "0.5",
)
NUMBERS = (
    *(
        "1e308",
        "1e309",
        "-1e309",
        "1e-400",
        "NaN",
        "Infinity",
        "-Infinity",
        "01",
        "+1",
        "1.",
        ".5",
        "0x10",
        "1e",
        "--1",
    ),
    *(str(2**power) for power in (31, 32, 53, 63, 64, 65, 128, 1000)),
    *(f"{sign}{'9' * size}" for sign in ("", "-", "0.") for size in (20, 310, 4301, 100_000)),
    *(f"1e{sign}{'9' * size}" for sign in ("", "-") for size in (1, 5, 20, 5000)),
)
DEAR_NUMBERS = (  # which take long to convert, exactly rounded
    "1.234567890123456789e-300",
    "8.4429300663622e-308",
    f"1.{'3' * 70}e-300",
    f"1.{'3' * 780}e-300",
    f"0.{'0' * 300}{'3' * 70}",
    "9" * 640,
    "9" * 4300,
)
TEXTS = (
    *(
        rb"\u0000",
        rb"\ud800",
        rb"\udc00\ud800",
        rb"\uffff",
        rb"\x",
        rb"\u12",
        rb"\u{1}",
        b"\0",
        b"\n",
        b"\x7f",
        b"\xff",
    ),
    *(b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xae", b"\xf0\x9f\x9a\xa7", b"a\xcc\x81" * 300),
    *(b"../../etc/passwd", b"' OR 1=1 --", b"<script>", b"{{7*7}}", b"${jndi:ldap://x}", b"%s%n", b"data:,", b"="),
    *(b"a" * size for size in (63, 255, 256, 257, 100_000)),
)
MEMBERS = (
    "image",
    "imageUri",
    "type",
    "model",
    "score_th",
    "nms_iou",
    "nms",
    "maxResults",
    "min_height",
    "units",
    "explain",
)


def document(path: str, photo: bytes) -> dict[str, Any]:
    """A valid document for an operation."""
    content = b64encode(photo).decode()
    if path == "/":
        return {"requests": [{"image": {"content": content}, "features": [{"type": "safetycone"}]}]}
    return {"image": content}


def variants(random: Random, photo: bytes) -> Iterator[Hostile]:
    """Documents of every kind."""
    for path in PATHS:
        sound = json.dumps(document(path, photo)).encode()
        for name, body in (
            *_deep(),
            *_wide(),
            *_dear_numbers(),
            *_members(photo, path),
            *_damaged(random, sound),
            *_encoded(sound),
        ):
            yield Hostile(f"{path} {name}", post(path, "application/json", body))
    for name, batch in _batches(photo):
        photos = max(1, len(batch["requests"]))
        yield Hostile(name, post("/", "application/json", json.dumps(batch).encode()), photos=photos)
    for name, content in _contents(random, photo):
        body = b'{"image": "' + content + b'"}'
        yield Hostile(name, post("/predict", "application/json", body))
    yield from options.variants(random, photo)


def _deep() -> Iterator[tuple[str, bytes]]:
    for depth in SIZES:
        for name, opening, closing in (
            ("arrays", "[", "]"),
            ("objects", f'{{"{CANARY}":', "}"),
            ("both", '[{"a":', "}]"),
        ):
            yield f"{depth} {name} deep", (opening * depth + "0" + closing * depth).encode()
            yield f"{depth} {name} deep, open", (opening * depth).encode()
            within = '{"requests": [{"image": %s}]}' % (opening * depth + "0" + closing * depth)
            yield f"{depth} {name} deep within", within.encode()
            yield (
                f"{depth} {name} deep as image",
                ('{"image": %s}' % (opening * depth + "0" + closing * depth)).encode(),
            )


def _wide() -> Iterator[tuple[str, bytes]]:
    for size in SIZES:
        for value in VALUES:
            many = ",".join([value] * size)
            yield f"{size} times {value}", f'{{"requests": [{many}]}}'.encode()
            yield f"{size} times {value} as features", f'{{"requests": [{{"features": [{many}]}}]}}'.encode()
        names = ",".join(f'"{CANARY}{number}": 0' for number in range(size))
        yield f"{size} members", f"{{{names}}}".encode()
        yield f"{size} times the same member", ("{" + ",".join(['"image": ""'] * size) + "}").encode()
        yield f"{size} colons", b'{"a"' + b":" * size + b"0}"
        yield f"{size} commas", b"[" + b"," * size + b"]"
        yield f"{size} blanks", b" " * size + b"{}" + b"\n" * size
        yield f"{size} quotes", b'"' * size
        yield f"{size} escapes", b'{"image": "' + b"\\\\" * size + b'"}'


def _dear_numbers() -> Iterator[tuple[str, bytes]]:
    for number in DEAR_NUMBERS:
        count = min(99_000, 8_000_000 // len(number))
        yield f"{count} times {number[:30]}", f'{{"requests": [{",".join([number] * count)}]}}'.encode()


def _members(photo: bytes, path: str) -> Iterator[tuple[str, bytes]]:
    sound = document(path, photo)
    for member in MEMBERS:
        for value in (*(each.encode() for each in (*VALUES, *NUMBERS)), *(b'"' + text + b'"' for text in TEXTS)):
            if path == "/predict":
                body = json.dumps({**sound, member: CANARY}).encode().replace(f'"{CANARY}"'.encode(), value)
            else:
                entry = {**sound["requests"][0], "features": [{member: CANARY}]}
                body = json.dumps({"requests": [entry]}).encode().replace(f'"{CANARY}"'.encode(), value)
            yield f"{member}: {value[:20]!r}", body


def _damaged(random: Random, sound: bytes) -> Iterator[tuple[str, bytes]]:
    for _ in range(60):
        at = random.randrange(len(sound)) if random.random() < 0.3 else random.randrange(40)
        yield "a byte changed", sound[:at] + random.randbytes(1) + sound[at + 1 :]
        yield "cut off", sound[:at]
        yield "with more", sound[: at + 20] + random.choice([b"{}", b"\0", b"//", b"]", b'"', b",,"]) + sound[at:]


def _encoded(sound: bytes) -> Iterator[tuple[str, bytes]]:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "utf-8-sig", "cp037"):
        yield f"in {encoding}", sound.decode().encode(encoding)
    for body in (
        b"\xef\xbb\xbf" * 2 + sound,
        b"\xef\xbb\xbf",
        b"null",
        b'""',
        b"0",
        b"[]",
        b"{}",
        b"true",
        b"\0",
        b"\x1e" + sound,
    ):
        yield f"{body[:10]!r}", body


def _batches(photo: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Batches with the maximum number of photos, and with more."""
    costly: dict[str, Any] = {"score_th": 0, "nms_iou": 0.99, "maxResults": 300, "min_height": 0, "min_width": 0}
    entry = {"image": {"content": b64encode(photo).decode()}}
    for photos in (0, 1, 64, 65, 1000):
        yield f"{photos} photos", {"requests": [entry] * photos}
    for size in (0, 1, 16, 17, 1000, 20_000):
        yield f"{size} features", {"requests": [{**entry, "features": [costly | {"explain": True}] * size}]}
        yield f"{size} features with faults", {"requests": [{**entry, "features": [{CANARY: 2}] * size}]}
    for nms in ("per_class", "agnostic"):
        for photos in (1, 64):
            features = [
                costly | {"nms": nms, "score_th": index / 1e6, "maxResults": 300 - index} for index in range(16)
            ]
            yield f"{photos} photos, costly options, {nms}", {"requests": [{**entry, "features": features}] * photos}


def _contents(random: Random, photo: bytes) -> Iterator[tuple[str, bytes]]:
    """Contents that are not base64, or barely."""
    sound = b64encode(photo)
    for blank in (rb"\n", rb"\t", b" ", rb"\r\n", rb"\u00a0", rb"\u2028"):
        yield f"base64 with {blank!r}", blank.join(sound[at : at + 8] for at in range(0, len(sound), 8))
    for prefix in (b"data:", b"data:,", b"data:image/jpeg;base64,", b"DATA:;BASE64,", b"data:" + b";" * 100_000 + b","):
        yield f"base64 behind {prefix[:20]!r}", prefix + sound
    for end in (b"=", b"==", b"====", b"=" * 100_000, b"-", b"_+", b"!", b"\\u00e9", b"\\ud83d\\ude00"):
        yield f"base64 and {end[:8]!r}", sound + end
        yield f"short base64 and {end[:8]!r}", end
    for size in (1, 2, 3, 5, 1001, 3_000_001, 20_000_000):
        yield f"{size} characters", b"A" * size
    for _ in range(40):
        at = random.randrange(len(sound))
        yield "a character changed", sound[:at] + random.choice([b"A", b"/", b"=", b"*", b" ", b"%"]) + sound[at + 1 :]
