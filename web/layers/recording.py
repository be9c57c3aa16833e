"""Notes a request's outcome on its record, and counts it."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import record
from web.metrics.metrics import Metrics
from web.scope import operation_of


class Recording:
    """ASGI middleware: notes the operation and the status of a request, and counts it by them."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics | None) -> None:
        """Wraps an application.

        Args:
            app: the next layer.
            metrics: counts requests; None to count nothing.
        """
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = record.current()
        started = time.monotonic()

        async def note_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_and_send)
        finally:
            request.operation = operation_of(scope) or ""  # connexion says None if it finds none
            if self._metrics is not None:
                self._metrics.count(request, time.monotonic() - started)


def note_wait(seconds: float) -> None:
    """Notes the time that a part of the current request's work has waited for a core."""
    record.current().stages.append(("wait", seconds))
