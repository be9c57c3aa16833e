"""Adds headers that restrict what browsers and caches do with a response."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.headers import NO_PAGE, POLICY, SECURITY
from web.scope import operation_of

# For responses of operations: a cache between would give them to callers without a token.
NOT_STORED = (b"cache-control", b"no-store")
PAGE = b"object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


class SecurityHeaders:
    """ASGI middleware: adds these headers to each response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = dict(message["headers"])
                message["headers"] = [*message["headers"], *SECURITY]
                if operation_of(scope):
                    message["headers"].append(NOT_STORED)
                if POLICY not in headers:
                    is_page = headers.get(b"content-type", b"").startswith(b"text/html")
                    message["headers"].append((POLICY, PAGE if is_page else NO_PAGE))
            await send(message)

        await self._app(scope, receive, send_with_headers)
