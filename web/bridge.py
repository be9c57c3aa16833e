"""From the event loop to Flask's threads and back, with one hand-over each way.

a2wsgi, which connexion takes, hands every part of an answer over by itself, and its thread waits each time until the
event loop has taken it. Here the whole answer comes at once: answers are small, and requests come without a body, see
bodies.py. At 8 connections that is 8 % more photos.

Requests for one photo have threads of their own, only as many as photos are looked at at a time. None of these waits
for its turn, and each goes on with the next request as soon as it is done: 8 to 12 % more photos with an SSD FPN-Lite
than with ten threads for all requests. And what else is asked, if the server lives, for one, need not wait for them.
"""

import asyncio
import contextvars
import io
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from a2wsgi.wsgi import build_environ
from connexion import FlaskApp
from starlette.types import Message, Receive, Scope, Send

from web.routing import operation_of

OTHER_THREADS = 10  # as many as a2wsgi has; they mostly wait for the detector, which says how many work

Wsgi = Callable[..., Iterable[bytes]]


class Bridge:
    """A WSGI application as an ASGI one."""

    def __init__(self, app: Wsgi, one_photo: Collection[str] = (), at_once: int = 1) -> None:
        """No thread is started yet.

        Args:
            app: the WSGI application.
            one_photo: the operationIds of requests that look at one photo each.
            at_once: how many of those are answered at a time.
        """
        self._app = app
        self._one_photo = one_photo
        self._photo_threads = ThreadPoolExecutor(at_once, "photos")
        self._other_threads = ThreadPoolExecutor(OTHER_THREADS, "others")

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """See ASGI."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        threads = self._photo_threads if operation_of(scope) in self._one_photo else self._other_threads
        for message in await loop.run_in_executor(threads, context.run, self._answer, scope):
            await send(message)

    def _answer(self, scope: Scope) -> tuple[Message, Message]:
        """What the application answers, as ASGI's two messages."""
        start: dict[str, Any] = {"type": "http.response.start"}

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
            start["status"] = int(status.partition(" ")[0])
            start["headers"] = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]

        chunks = self._app(build_environ(scope, io.BytesIO()), start_response)  # type: ignore[arg-type]  # has the methods
        try:
            return start, {"type": "http.response.body", "body": b"".join(chunks)}
        finally:
            getattr(chunks, "close", lambda: None)()


def bridge(app: FlaskApp, one_photo: Collection[str], at_once: int) -> None:
    """Let an application use it in a2wsgi's place; see Bridge."""
    asgi = app._middleware_app  # noqa: SLF001 - connexion offers no other way
    asgi.asgi_app = Bridge(asgi.asgi_app.app, one_photo, at_once)
