"""Tells clients how long an idle connection stays open."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "Keep-Alive"


class KeepAlive:
    """ASGI middleware: announces a second less than the server waits.

    A client that reuses a connection while the server closes it gets a reset instead of a response. Clients that read
    the header, such as Node's and Apache's, open a new connection in time.
    """

    def __init__(self, app: ASGIApp, *, seconds: int) -> None:
        self._app = app
        self._value = f"timeout={max(seconds - 1, 1)}" if seconds else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""

        async def send_with_timeout(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = self._value
            await send(message)

        is_reusable = self._value and scope["type"] == "http" and scope.get("http_version", "").startswith("1")
        await self._app(scope, receive, send_with_timeout if is_reusable else send)
