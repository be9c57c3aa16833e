"""docs/operations.md, "The log line": it says why a request was refused, as the metrics and the answer do."""

import base64
import json
import re
from collections import Counter
from contextlib import closing
from typing import Any

import requests

from tests.support.raw_connection import Reader, connect, post
from tests.support.server import PATIENCE, Server, Start, free_port, wait_for

JPEG = {"Content-Type": "image/jpeg"}
TOKEN = {"X-Api-Token": "secret"}
NOBODY = f"http://127.0.0.1:{free_port()}/photo.jpg"
IMAGE = "/predict/image"
REFUSED: list[tuple[str, dict[str, Any], dict[str, str], str, str]] = [  # path, body, headers, reason, code
    (IMAGE, {"data": b"x"}, JPEG, "token", "unauthorized"),
    (IMAGE, {"data": b"x"}, JPEG | TOKEN, "content", "unreadable-image"),
    (IMAGE, {"data": b"x"}, {"Content-Type": "text/plain"} | TOKEN, "media_type", "unsupported-media-type"),
    (IMAGE, {"data": b"x" * 100_001}, JPEG | TOKEN, "size", "body-too-large"),
    (IMAGE, {"data": b"x"}, JPEG | TOKEN | {"Sec-Fetch-Site": "cross-site"}, "origin", "forbidden-origin"),
    (f"{IMAGE}?score_th=2", {"data": b"x"}, JPEG | TOKEN, "faults", "invalid-request"),
    (f"{IMAGE}?model=none", {"data": b"x"}, JPEG | TOKEN, "content", "unknown-model"),
    ("/predict", {"json": {"imageUri": NOBODY}}, TOKEN, "fetch", "unfetchable-image"),
]


def lines(server: Server, id_: str) -> list[dict[str, Any]]:
    """The log's lines about a request."""
    return [json.loads(line) for line in server.log.splitlines() if f'"{id_}"' in line]


def test_says_why_a_request_was_refused(start: Start) -> None:
    """Each refusal's line has the reason by which the metrics count it, and the code that the answer has."""
    server = start(
        LOG_FORMAT="json",
        DETECTOR_TOKENS="kitchen:secret",
        DETECTOR_IMAGE_HOSTS=NOBODY.split("/")[2],
        DETECTOR_IMAGE_NETWORKS="127.0.0.0/8",
        DETECTOR_MAX_BODY_BYTES="100000",
        DETECTOR_MAX_HELD_BYTES="90000",
        DETECTOR_BODY_SECONDS="0.5",
    ).wait_until_ready()
    answers: dict[str, tuple[str, str]] = {}
    for path, sent, headers, reason, code in REFUSED:
        answer = requests.post(server.url + path, headers=headers, timeout=PATIENCE, **sent)
        assert answer.json()["code"] == code
        answers[answer.headers["X-Request-Id"]] = reason, code
    for raw, reason in ((post(10, "X-Api-Token: secret"), "arrival"), (b"nonsense\r\n\r\n", "http")):
        with closing(connect(server)) as connection:
            connection.sendall(raw)
            _, headers, body = Reader(connection).response()
        answers[headers["x-request-id"]] = reason, json.loads(body)["code"]
    for id_, told in answers.items():
        [line] = wait_for(lambda: lines(server, id_), lambda: server.log)  # noqa: B023 - called before the next
        assert (line["reason"], line["code"]) == told
        assert line["client"] == "127.0.0.1"
    counts = requests.get(f"{server.url}/metrics", headers=TOKEN, timeout=PATIENCE).text
    counted = dict(re.findall(r'^specsight_refusals_total\{reason="(\w+)"\} ([1-9]\d*)\.0$', counts, re.MULTILINE))
    assert {name: int(count) for name, count in counted.items()} == Counter(reason for reason, _ in answers.values())


def test_says_what_was_lacking(start: Start) -> None:
    """Requests that are refused at their headers have a line per second, with their reasons and a client's address."""
    server = start(DETECTOR_MAX_HELD_BYTES="90000").wait_until_ready()
    headers = JPEG | {"X-Forwarded-For": "203.0.113.9"}
    for _ in range(3):
        answer = requests.post(f"{server.url}/predict/image", b"x" * 90_001, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 503
    told = r"Refused (\d) requests with 503 at their headers in a second: room \1; the last was from 203\.0\.113\.9\."
    wait_for(lambda: sum(map(int, re.findall(told, server.log))) == 3, lambda: server.log)


def test_says_that_a_request_took_too_long(start: Start, photo: bytes) -> None:
    """A request past its deadline has the reason `time` in the text line, behind its status."""
    server = start(DETECTOR_ANSWER_SECONDS="0.1").wait_until_ready()
    entry = {"image": {"content": base64.b64encode(photo).decode()}}
    answer = requests.post(f"{server.url}/", json={"requests": [entry] * 64}, timeout=PATIENCE)
    assert answer.status_code == 503
    wait_for(lambda: '"POST / HTTP/1.1" 503 time busy ' in server.log, lambda: server.log)
