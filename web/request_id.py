"""An id for every request: in the response, in problems and in the log."""

import uuid
from contextvars import ContextVar

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
current: ContextVar[str] = ContextVar("request_id", default=str(uuid.UUID(int=0)))


class RequestId:
    """ASGI middleware: makes an id and sends it along with the response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Shared with connexion's copies of the scope, so that an error can be traced to its operation.
        scope.setdefault("extensions", {})
        request_id = str(uuid.uuid4())
        current.set(request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)
