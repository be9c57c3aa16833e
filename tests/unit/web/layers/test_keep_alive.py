"""web/layers/keep_alive.py: clients are told when an idle connection closes."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from web.layers.keep_alive import KeepAlive


@pytest.mark.parametrize(
    ("seconds", "version", "header"),
    [
        (75, "1.1", b"timeout=74"),
        (1, "1.1", b"timeout=1"),
        (0, "1.1", None),
        (75, "2", None),
    ],
)
def test_header(seconds: int, version: str, header: bytes | None) -> None:
    """Responses say how long to reuse their connection: a second less than the server waits, a second at least."""
    sent: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        raise AssertionError("there is no body")

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(KeepAlive(app, seconds=seconds)({"type": "http", "http_version": version}, receive, send))
    assert dict(sent[0]["headers"]).get(b"keep-alive") == header
