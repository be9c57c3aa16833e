"""Reads whole bodies, within limits, in the event loop, before a thread is taken."""

from collections.abc import Iterable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import record
from web.admission import Claim, Overloaded
from web.gate import body_size
from web.layers.chunks import join_chunks
from web.layers.disconnects import ClientDisconnected
from web.layers.time_limit import TimeLimit
from web.layers.unpacking import content_coding, unpack
from web.problems.problem import Refusal
from web.scope import claim_of, keep_body, operation_of


class BodyReader:
    """ASGI middleware: reads the body into the scope, and passes on a request without one.

    So a slow sender costs a coroutine and the bytes it has sent, but never a place at work.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, arrival_seconds: float, answer_seconds: float) -> None:
        """Sets the limits.

        Args:
            app: the next layer.
            max_bytes: largest body.
            arrival_seconds: time for a body to arrive.
            answer_seconds: time from then until the answer begins.
        """
        self._app = app
        self._max_bytes = max_bytes
        self._arrival_seconds = arrival_seconds
        self._answer_seconds = answer_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not operation_of(scope):  # no one would use the body
            raise HTTPException(404)
        claim = claim_of(scope)
        if claim is None:
            if body_size(scope["headers"]) is not None:
                raise self._too_large()
            await self._app(with_body(scope, b""), receive, send)
            return
        try:
            await self._pass_on_in_time(claim, scope, receive, send)
        except ClientDisconnected:
            return

    async def _pass_on_in_time(self, claim: Claim, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads the body and passes the request on.

        Raises:
            Refusal: the body is too large, or did not arrive in time.
            Overloaded: there was no place, room or time for the request.
        """

        async def stop_and_send(message: Message) -> None:
            limit.stop()
            await send(message)

        with TimeLimit() as limit:
            claim.on_evict = limit.end
            limit.restart(self._arrival_seconds)
            body = await self._read(claim, receive)
            coding = content_coding(scope["headers"])
            if coding and body:
                body = await unpack(body, coding, self._max_bytes, claim.receive)
            claim.arrive()
            limit.restart(self._answer_seconds)
            await self._app(with_body(scope, body), receive, stop_and_send)
        if not limit.is_over:
            return
        if claim.has_arrived or claim.is_evicted:
            raise Overloaded("room" if claim.is_evicted else "time")
        raise Refusal(
            408,
            f"The body did not arrive within {self._arrival_seconds:g} seconds. Send it again, faster or smaller.",
            headers={"Connection": "close"},
        )

    async def _read(self, claim: Claim, receive: Receive) -> bytes:
        received = record.current()
        chunks: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            chunk = message.get("body", b"")
            more = message.get("more_body", False)
            size += len(chunk)
            if size > self._max_bytes:
                raise self._too_large()
            claim.receive(len(chunk))
            received.bytes_in = size
            chunks.append(chunk)
        return await join_chunks(chunks)

    def _too_large(self) -> Refusal:
        return Refusal(
            413,
            f"The body is larger than {self._max_bytes} bytes. Send less, or fewer at once.",
            headers={"Connection": "close"},
        )


def with_body(scope: Scope, body: bytes) -> Scope:
    """The scope of a request whose body has been read."""
    keep_body(scope, body)
    return {**scope, "headers": plain_media_type(scope["headers"])}


def plain_media_type(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers with the media type in lower case: to RFC 9110, IMAGE/JPEG is image/jpeg, to connexion it is not."""
    plain = []
    for name, value in headers:
        media_type, separator, parameters = value.partition(b";")
        plain.append((name, media_type.lower() + separator + parameters if name == b"content-type" else value))
    return plain
