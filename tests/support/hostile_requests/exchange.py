"""Sends a request's bytes, reads the responses, and names their faults."""

import json
import select
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.hostile_requests.request import CANARY, Hostile
from tests.support.server import PATIENCE

CHUNK = 1 << 16
END_OF_HEADERS = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it came over the wire; names of headers are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes


def exchange(url: str, hostile: Hostile) -> list[Response]:
    """The responses to a request: the first one if it is whole, else all until the server closes the connection.

    It is sent and read at the same time, since the server may answer before it has read all.
    """
    parts = urlsplit(url)
    received = bytearray()
    deadline = time.monotonic() + PATIENCE
    has_body = not hostile.sent.startswith(b"HEAD ")
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=PATIENCE) as connection:
        connection.setblocking(False)
        unsent = memoryview(hostile.sent)
        while time.monotonic() < deadline:
            readable, writable, _ = select.select([connection], [connection] if unsent else [], [], 1.0)
            if writable:
                try:
                    unsent = unsent[connection.send(unsent[:CHUNK]) :]
                except OSError:  # the server has closed it
                    unsent = unsent[:0]
            if readable:
                with suppress(BlockingIOError):
                    try:
                        chunk = connection.recv(CHUNK)
                    except ConnectionError:
                        chunk = b""
                    if not chunk:
                        break
                    received += chunk
            if hostile.is_whole and (received and responses(bytes(received), has_body=has_body)):
                break
        else:
            raise TimeoutError(hostile.name)
    return responses(bytes(received), has_body=has_body)


def responses(received: bytes, *, has_body: bool) -> list[Response]:
    """The final responses that have arrived whole."""
    found = []
    while END_OF_HEADERS in received:
        head, _, received = received.partition(END_OF_HEADERS)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(first.split()[1])
        if status < 200:  # such as 100 Continue
            continue
        length = int(headers.get("content-length", 0)) if has_body else 0
        if len(received) < length:
            break
        found.append(Response(status, headers, received[:length]))
        received = received[length:]
    return found


def complaint(hostile: Hostile, answers: list[Response]) -> str:
    """The fault in the responses to a hostile request; empty if there is none."""
    if hostile.is_whole and not answers:
        return "no answer"
    return next(filter(None, map(_complaint, answers)), "")


def _complaint(answer: Response) -> str:
    seen = f"{answer.headers}{answer.body!r}"
    wrong = {
        "an echo": CANARY in seen,
        "a traceback": "Traceback" in seen or '.py"' in seen,
        f"status {answer.status}": answer.status // 100 not in (2, 4),
        "no problem": answer.status // 100 == 4 and not _is_problem(answer),
    }
    return next((f"{name}: {seen[:500]}" for name, is_wrong in wrong.items() if is_wrong), "")


def _is_problem(answer: Response) -> bool:
    """True if a refusal is a problem that agrees with its headers, or has no body, as the response to a HEAD."""
    if not answer.body:
        return True
    if answer.headers.get("content-type") != "application/problem+json":
        return False
    problem = json.loads(answer.body)
    return bool(problem["status"] == answer.status and problem["requestId"] == answer.headers.get("x-request-id"))
