"""From the event loop to Flask's threads and back, with one hand-over each way.

a2wsgi, which connexion takes, hands every part of an answer over by itself, and its thread waits each time until the
event loop has taken it. Here the whole answer comes at once: answers are small, and requests come without a body, see
bodies.py. At 8 connections that is 8 % more photos.
"""

import asyncio
import contextvars
import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from a2wsgi.wsgi import build_environ
from connexion import FlaskApp
from starlette.types import Message, Receive, Scope, Send

THREADS = 10  # as a2wsgi has; they mostly wait for the detector, which says how many work

Wsgi = Callable[..., Iterable[bytes]]


class Bridge:
    """A WSGI application as an ASGI one.

    Attributes:
        app: the WSGI application.
    """

    def __init__(self, app: Wsgi) -> None:
        self.app = app
        self._threads = ThreadPoolExecutor(THREADS, "flask")

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """See ASGI."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        for message in await loop.run_in_executor(self._threads, context.run, self._answer, scope):
            await send(message)

    def _answer(self, scope: Scope) -> tuple[Message, Message]:
        """What the application answers, as ASGI's two messages."""
        start: dict[str, Any] = {"type": "http.response.start"}

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
            start["status"] = int(status.partition(" ")[0])
            start["headers"] = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]

        chunks = self.app(build_environ(scope, io.BytesIO()), start_response)  # type: ignore[arg-type]  # has the methods
        try:
            return start, {"type": "http.response.body", "body": b"".join(chunks)}
        finally:
            getattr(chunks, "close", lambda: None)()


def bridge(app: FlaskApp) -> None:
    """Let an application use it in a2wsgi's place."""
    asgi = app._middleware_app  # noqa: SLF001 - connexion offers no other way
    asgi.asgi_app = Bridge(asgi.asgi_app.app)
