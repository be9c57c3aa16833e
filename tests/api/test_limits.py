"""web/bodies.py: how large bodies may be, how many, and how slow."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from app import create_app
from settings import Settings
from tests.support.server import Server
from web import bodies
from web.bodies import BodyReader
from web.problems import Refusal

JPEG = {"Content-Type": "image/jpeg"}


def test_largest_body(photo: bytes) -> None:
    """A body of exactly the limit is taken; one byte more is a 413 that names the limit."""
    client = create_app(Settings(max_body_bytes=len(photo), validate_responses=True)).test_client()
    assert client.post("/predict/image", content=photo, headers=JPEG).status_code == 200
    response = client.post("/predict/image", content=photo + b"x", headers=JPEG)
    assert response.status_code == 413
    assert str(len(photo)) in response.json()["detail"]


def test_largest_chunked_body(photo: bytes) -> None:
    """A body of unannounced length is taken up to the limit, too."""
    client = create_app(Settings(max_body_bytes=len(photo), validate_responses=True)).test_client()

    def chunks(body: bytes) -> Any:
        yield body[:1000]
        yield body[1000:]

    assert client.post("/predict/image", content=chunks(photo), headers=JPEG).status_code == 200
    assert client.post("/predict/image", content=chunks(photo + b"x"), headers=JPEG).status_code == 413


class TestBodyReader:
    """The middleware alone, in an event loop."""

    @staticmethod
    async def read(reader: BodyReader, receive: Receive, length: str = "0") -> None:
        """Send a request through it."""
        scope: Scope = {"type": "http", "headers": [(b"content-length", length.encode())]}
        await reader(scope, receive, no_send)

    def test_refuses_before_it_reads(self) -> None:
        """A body announced as too large, or with an odd length, is refused without a byte of it being awaited."""

        async def never() -> Message:
            raise AssertionError("the body was read")

        for length in ("11", "-1", "1e1", ""):
            with pytest.raises(Refusal) as refused:
                asyncio.run(self.read(limited(nothing), never, length))
            assert refused.value.status == 413

    def test_refuses_more_than_it_can_hold(self) -> None:
        """Bodies beyond what one process holds are a 503; what was held is free again once it is answered."""
        seen: list[int] = []

        async def second(reader: BodyReader, scope: Scope) -> None:
            seen.append(len(scope["extensions"][bodies.KEY]))
            with pytest.raises(Refusal) as refused:
                await self.read(limited(nothing, held_by=reader), messages(b"x" * 10))
            assert refused.value.status == 503
            assert refused.value.headers == {"Retry-After": "1"}

        async def scenario() -> None:
            reader: BodyReader

            async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
                await second(reader, scope)

            reader = BodyReader(app, max_bytes=10, max_held_bytes=15, seconds=5)
            await self.read(reader, messages(b"x" * 10))
            await self.read(reader, messages(b"x" * 10))

        asyncio.run(scenario())
        assert seen == [10, 10]

    def test_gives_up_on_slow_senders(self) -> None:
        """A body that does not arrive in time is a 408."""

        async def slow() -> Message:
            await asyncio.sleep(60)
            raise AssertionError

        with pytest.raises(Refusal) as refused:
            asyncio.run(self.read(limited(nothing, seconds=0.01), slow))
        assert refused.value.status == 408

    def test_forgets_clients_that_leave(self) -> None:
        """A connection that closes halfway ends quietly, and nothing is called."""

        async def app(*_: object) -> None:
            raise AssertionError("a body that never came was handed on")

        asyncio.run(self.read(limited(app), messages(b"x", disconnect=True)))


def limited(app: Callable[..., Any], *, held_by: BodyReader | None = None, seconds: float = 5) -> BodyReader:
    """A reader of bodies of up to 10 bytes; `held_by` lends it another's count of what is held."""
    reader = BodyReader(app, max_bytes=10, max_held_bytes=15, seconds=seconds)
    if held_by:
        reader._held_bytes = held_by._held_bytes
    return reader


def messages(*chunks: bytes, disconnect: bool = False) -> Receive:
    """What a server sends for a body in chunks."""

    async def stream() -> AsyncIterator[Message]:
        for number, chunk in enumerate(chunks, 1):
            yield {"type": "http.request", "body": chunk, "more_body": disconnect or number < len(chunks)}
        yield {"type": "http.disconnect"}

    return stream().__anext__


async def nothing(*_: object) -> None:
    """An application that does nothing."""


async def no_send(_message: Message) -> None:
    """Nobody listens."""


def test_chunked_json(client: httpx.Client) -> None:
    """JSON may be sent in chunks: connexion alone would take it for missing."""
    response = client.post("/predict", content=iter([b'{"image": ', b'"aGVsbG8="}']))
    assert response.status_code == 422
    assert "readable picture" in response.json()["detail"]


CROWDS = {
    "wrong-items": (b'{"requests": [' + b"0," * 5_500_000 + b"0]}", 413),
    "some-wrong-items": (b'{"requests": [' + b"0," * 90_000 + b"0]}", 400),
    "wrong-entries": (
        b'{"requests": [' + b",".join([b'{"image":{},"features":[' + b"0," * 1500 + b"0]}"] * 60) + b"]}",
        400,
    ),
    "empty-lists": (b'{"requests": [' + b"[]," * 5_500_000 + b"[]]}", 413),
    "members": (b"{" + b",".join(b'"%d":0' % number for number in range(1_000_000)) + b"}", 413),
    "quotes": (b'{"image": "' + b'\\"' * 10_000_000 + b'"}', 400),
    "commas-in-a-text": (b'{"image": "' + b"," * 10_000_000 + b'", "type": 0}', 400),
    "digits": (b'{"requests": ' + b"9" * 10_000_000 + b"}", 400),
    "one-name": (b'{"' + b"a" * 10_000_000 + b'": 0}', 400),
}


@pytest.mark.parametrize(("body", "status"), CROWDS.values(), ids=CROWDS)
def test_json_that_costs_much(gunicorn: Server, body: bytes, status: int) -> None:
    """JSON by the million is refused by the worker that goes on serving, for little memory."""
    workers = gunicorn.workers
    before = peak_bytes(workers[0])
    response = httpx.post(f"{gunicorn.url}/", content=body, headers={"Content-Type": "application/json"}, timeout=60)
    assert response.status_code == status
    assert len(response.json()["errors"]) <= 20
    assert gunicorn.workers == workers
    assert peak_bytes(workers[0]) - before < 150_000_000


def peak_bytes(process: int) -> int:
    """The most memory that a process has had, as Linux tells."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
