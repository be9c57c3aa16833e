"""Hostile addresses: paths, and options in the query."""

from collections.abc import Iterator
from random import Random
from urllib.parse import quote

from tests.support.hostile_requests.documents import MEMBERS, NUMBERS, TEXTS
from tests.support.hostile_requests.request import CANARY, Hostile, get, send_photo

PATHS = (
    *(
        "//models",
        "/models//safetycone",
        "/models/%0a",
        "/models/%00",
        "/models/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/",
        "/./models",
    ),
    *(
        "/models/" + "a" * 255,
        "/models/" + "%F0%9F%9A%A7" * 255,
        "/models/%ff",
        "/models/%zz",
        "/models;a=b",
        "/models?",
        "/models#x",
    ),
    *(
        "/docs/../app.py",
        "/docs/..%5capp.py",
        "/docs/%2e%2e/app.py",
        "/health/live/",
        "/HEALTH/live",
        "/openapi.yml/",
        "/openapi.json",
    ),
    *(
        "http://x/models",
        "http:///models",
        "//x/models",
        f"/{CANARY}",
        f"/models/{CANARY}",
        "/predict/image",
        "/metrics",
        "/*",
        "/?",
    ),
    *("/models/" + "%2f" * 1000, "/" * 1000, "/a" * 2000, "/models/\u00e9", "/models/\x7f", "/models/ a"),
)


def variants(random: Random, photo: bytes) -> Iterator[Hostile]:
    """Addresses of every kind."""
    for path in PATHS:
        yield Hostile(f"GET {path[:40]!r}", get(path))
        yield Hostile(f"POST {path[:40]!r}", send_photo(photo).replace(b"/predict/image", path.encode()))
    values = [quote(number) for number in NUMBERS if len(number) < 4000]
    values += [quote(text) for text in TEXTS if len(text) < 1000]
    for member in MEMBERS:
        for value in values:
            yield Hostile(f"{member}={value[:20]}", send_photo(photo, query=f"?{member}={value}"))
    for query in (
        *(
            "?",
            "?&&&&",
            "?=",
            "?==",
            "?a",
            "?%",
            "?%ff=1",
            "?score_th",
            "?score_th=1&score_th=0",
            "?score_th[]=1",
            "?score_th=1;a",
        ),
        *(
            f"?{CANARY}=1",
            f"?model={CANARY}",
            f"?type={CANARY}",
            "?" + "&" * 7000,
            "?" + "a=&" * 2000,
            "?" + "%00" * 2000,
        ),
    ):
        yield Hostile(f"query {query[:20]}", send_photo(photo, query=query))
        yield Hostile(f"query {query[:20]} to models", get(f"/models{query}"))
    for _ in range(60):
        query = "".join(random.choice("&=%?#;+.[]{}-0aZ1e") for _ in range(random.randrange(1, 60)))
        yield Hostile("a random query", send_photo(photo, query=f"?{query}"))
