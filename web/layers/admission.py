"""Admits requests that have a body, or refuses them at their headers, before any other work."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import record
from web.admission import Claim
from web.server.rules import Gate

KEY = "specsight.claim"
IMMENSE = 20  # digits


class RequestAdmission:
    """ASGI middleware: claims a place in the queue and room for the body, in scope["extensions"][KEY].

    Requests without a body, such as probes and lists, need neither, and are answered at any load.
    """

    def __init__(self, app: ASGIApp, *, gate: Gate, max_bytes: int) -> None:
        """Wraps an application.

        Args:
            app: the next layer.
            gate: admits requests.
            max_bytes: largest body; a request that announces more is not admitted, because it is refused anyway.
        """
        self._app = app
        self._gate = gate
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        size = announced(scope["headers"]) if scope["type"] == "http" else None
        if size is None or size > self._max_bytes:
            await self._app(scope, receive, send)
            return
        claim = self._gate.admit(size)
        if claim is None:
            await self._gate.refusal(closes=False).send(send, record.current())
            return
        scope.setdefault("extensions", {})[KEY] = claim

        async def release_and_send(message: Message) -> None:
            claim.release()  # the photo is done; a client that reads its answer slowly delays no one
            await send(message)

        try:
            await self._app(scope, receive, release_and_send)
        finally:
            claim.release()


def announced(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The size of a request's body, bytes; 0 if it is unknown, None without a body.

    A length that is not a number counts as an immense one.
    """
    size = None
    for name, value in headers:
        if name == b"content-length":
            return (int(value) or None) if value.isdigit() and len(value) < IMMENSE else 10**IMMENSE
        if name == b"transfer-encoding":
            size = 0
    return size


def claim_of(scope: Scope) -> Claim | None:
    """The claim of a request; None if it has no body."""
    claim: Claim | None = scope.get("extensions", {}).get(KEY)
    return claim
