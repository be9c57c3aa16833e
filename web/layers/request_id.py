"""Gives every request an id, for the response, problems and the log."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import record
from web.headers import REQUEST_ID

NAME = REQUEST_ID.lower().encode()  # in ASGI's form


class RequestId:
    """ASGI middleware: begins the record of a request, and sends its id along with the response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Shared with connexion's copies of the scope, so that errors can be traced to their operation.
        scope.setdefault("extensions", {})
        request_id = record.begin(scope["headers"]).id.encode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (NAME, request_id)]
            await send(message)

        await self._app(scope, receive, send_with_id)
