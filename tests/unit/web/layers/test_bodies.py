"""web/layers/admission.py and web/layers/bodies.py: bounds on the size, number and slowness of bodies."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from schemas import Problem
from web.admission import Admission, AdmissionLimits, Overloaded
from web.gate import Gate
from web.layers.admission import RequestAdmission
from web.layers.bodies import BodyReader
from web.problems.problem import Refusal
from web.scope import body_of


class TestBodyReader:
    """The layers that admit requests and read their bodies, alone in an event loop."""

    @staticmethod
    async def read(layer: RequestAdmission, receive: Receive, length: str = "") -> tuple[int, bytes]:
        """Sends a request through them; returns the status and body of their own response, else 0."""
        name, value = ("content-length", length) if length else ("transfer-encoding", "chunked")
        scope: Scope = {
            "type": "http",
            "headers": [(name.encode(), value.encode())],
            "extensions": {"connexion_routing": {"operation_id": "predictImage"}},
        }
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        await layer(scope, receive, send)
        return (sent[0]["status"], sent[1]["body"]) if sent else (0, b"")

    def test_refuses_before_it_reads(self) -> None:
        """A body with an announced length that is too large or malformed is refused before any of it is read."""
        for length in ("11", "-1", "1e1", "9" * 5000):
            with pytest.raises(Refusal) as refused:
                asyncio.run(self.read(limited(nothing), never, length))
            assert refused.value.status == 413

    def test_refuses_a_crowd_at_its_headers(self) -> None:
        """With a full queue, a request is a 503 before a byte of it is read; then its place is free again."""
        statuses: list[tuple[int, bytes]] = []

        async def app(*_: object) -> None:
            if not statuses:
                statuses.append(await self.read(layer, never, "5"))

        layer = limited(app)
        assert asyncio.run(self.read(layer, messages(b"hello"), "5")) == (0, b"")
        (status, body), *others = statuses
        assert not others
        assert status == 503
        problem = msgspec.json.decode(body, type=Problem)
        assert problem.detail == "The server is busy. Try again in a second."
        assert problem.request_id in problem.instance
        assert asyncio.run(self.read(limited(nothing, layer), messages(b"hello"), "5")) == (0, b"")

    def test_refuses_more_than_it_can_hold(self) -> None:
        """Bodies beyond what one process holds are a 503; their room is free again after the response."""
        seen: list[int] = []

        async def app(scope: Scope, *_: object) -> None:
            seen.append(len(body_of(scope)))
            assert (await self.read(layer, never, "6"))[0] == 503
            with pytest.raises(Overloaded):
                await self.read(limited(nothing, layer), messages(b"x" * 6))

        layer = limited(app, queue=10)
        for _ in range(2):
            assert asyncio.run(self.read(layer, messages(b"x" * 10), "10"))[0] == 0
        assert seen == [10, 10]

    def test_gives_up_on_slow_senders(self) -> None:
        """A body that does not arrive in time is a 408."""

        async def slow() -> Message:
            await asyncio.sleep(60)
            raise AssertionError

        with pytest.raises(Refusal) as refused:
            asyncio.run(self.read(limited(nothing, arrival_seconds=0.01), slow, "5"))
        assert refused.value.status == 408

    def test_gives_up_on_slow_work(self) -> None:
        """A request without a response in time is a 503, and its place is free again."""

        async def app(*_: object) -> None:
            await asyncio.sleep(60)

        layer = limited(app, answer_seconds=0.01)
        for _ in range(3):
            with pytest.raises(Overloaded):
                asyncio.run(self.read(layer, messages(b"hello"), "5"))

    def test_responses_that_have_begun_are_finished(self) -> None:
        """The time for a response ends when it begins: a slow reader gets all of it."""
        sent: list[bytes] = []

        async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await asyncio.sleep(0.05)
            sent.append(b"all")
            await send({"type": "http.response.body", "body": b"all"})

        assert asyncio.run(self.read(limited(app, answer_seconds=0.01), messages(b"hello"), "5")) == (200, b"all")

    def test_forgets_clients_that_leave(self) -> None:
        """A connection that closes halfway ends quietly, calls nothing, and frees its place."""

        async def app(*_: object) -> None:
            raise AssertionError("a body that never came was handed on")

        layer = limited(app)
        for _ in range(3):
            asyncio.run(self.read(layer, messages(b"x", disconnect=True)))

    def test_unwanted_bodies_are_not_read(self) -> None:
        """A body for no operation is a 404 before any of it is read."""
        scope: Scope = {"type": "http", "headers": [(b"content-length", b"5")]}
        with pytest.raises(HTTPException) as refused:
            asyncio.run(limited(nothing)(scope, never, never))  # type: ignore[arg-type]
        assert refused.value.status_code == 404


def limited(
    app: Callable[..., Any],
    sharing: RequestAdmission | None = None,
    *,
    queue: int = 0,
    arrival_seconds: float = 5,
    answer_seconds: float = 5,
) -> RequestAdmission:
    """Layers for bodies of up to 10 bytes and 15 in all; `sharing` lends them the gate of others."""
    reader = BodyReader(app, max_bytes=10, arrival_seconds=arrival_seconds, answer_seconds=answer_seconds)
    gate = sharing._gate if sharing else Gate(Admission(AdmissionLimits(1, queue, held_bytes=15)), 10)
    return RequestAdmission(reader, gate=gate)


async def never() -> Message:
    """A body that must not be read."""
    raise AssertionError("the body was read")


def messages(*chunks: bytes, disconnect: bool = False) -> Receive:
    """A server's messages for a body in chunks."""

    async def stream() -> AsyncIterator[Message]:
        for number, chunk in enumerate(chunks, 1):
            yield {"type": "http.request", "body": chunk, "more_body": disconnect or number < len(chunks)}
        yield {"type": "http.disconnect"}

    return stream().__anext__


async def nothing(*_: object) -> None:
    """An application that does nothing."""
