"""Bodies are read whole, within limits, in the event loop, before any thread is taken."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from web.disconnects import ClientDisconnected
from web.problems import Refusal

KEY = "specsight.body"


class BodyReader:
    """ASGI middleware: reads the body into scope["extensions"][KEY], and passes on a request without one.

    A slow sender thus costs a coroutine and the bytes it has sent, never one of the handlers' threads.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, max_held_bytes: int, seconds: float) -> None:
        """Limits for the bodies.

        Args:
            app: who gets the request next.
            max_bytes: largest body.
            max_held_bytes: most bytes of all bodies in this process, from arrival to answer.
            seconds: time for a body to arrive.
        """
        self._app = app
        self._max_bytes = max_bytes
        self._max_held_bytes = max_held_bytes
        self._seconds = seconds
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with self._body(scope, receive) as body:
                scope.setdefault("extensions", {})[KEY] = body
                await self._app({**scope, "headers": plain_media_type(scope["headers"])}, receive, send)
        except ClientDisconnected:
            return

    @asynccontextmanager
    async def _body(self, scope: Scope, receive: Receive) -> AsyncIterator[bytes]:
        """The body, which counts as held until the request has been answered."""
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > self._max_bytes:
            raise self._too_large()
        chunks: list[bytes] = []
        try:
            await self._fill_in_time(chunks, receive)
            yield b"".join(chunks)
        finally:
            self._held_bytes -= sum(map(len, chunks))

    async def _fill_in_time(self, chunks: list[bytes], receive: Receive) -> None:
        try:
            await asyncio.wait_for(self._fill(chunks, receive), self._seconds)
        except asyncio.TimeoutError:
            raise Refusal(
                408,
                f"The body did not arrive within {self._seconds:g} seconds. Send it again, faster or smaller.",
                headers={"Connection": "close"},
            ) from None

    async def _fill(self, chunks: list[bytes], receive: Receive) -> None:
        size = 0
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            chunk = message.get("body", b"")
            more = message.get("more_body", False)
            size += len(chunk)
            self._held_bytes += len(chunk)
            chunks.append(chunk)
            if size > self._max_bytes:
                raise self._too_large()
            if self._held_bytes > self._max_held_bytes:
                raise Refusal(503, "The server is busy. Try again in a second.", headers={"Retry-After": "1"})

    def _too_large(self) -> Refusal:
        return Refusal(
            413,
            f"The body is larger than {self._max_bytes} bytes. Send a smaller photo, or fewer at once.",
            headers={"Connection": "close"},
        )


def plain_media_type(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers with the media type in lower case: RFC 9110 takes IMAGE/JPEG for image/jpeg, connexion does not."""
    plain = []
    for name, value in headers:
        media_type, separator, parameters = value.partition(b";")
        plain.append((name, media_type.lower() + separator + parameters if name == b"content-type" else value))
    return plain
