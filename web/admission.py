"""Admits requests that have a body, or refuses them at their headers, before anything else is done for them."""

from collections.abc import Iterable

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detector import Admission, Claim, Overloaded
from web import record
from web.problems import MEDIA_TYPE, problem

KEY = "specsight.claim"
RETRY_AFTER = {"Retry-After": "1"}  # seconds
FIXED_HEADERS = [(b"content-type", MEDIA_TYPE.encode()), (b"retry-after", b"1")]
IMMENSE = 20  # digits
MARK = b"\0"


class RequestAdmission:
    """ASGI middleware: claims a place in the queue and room for the body, in scope["extensions"][KEY].

    What has no body needs neither: probes and lists are answered at any load.
    """

    def __init__(self, app: ASGIApp, *, admission: Admission, max_bytes: int) -> None:
        """A layer around an application.

        Args:
            app: who gets the request next.
            admission: what admits.
            max_bytes: largest body; one that announces more is not admitted, for it is refused anyway.
        """
        self._app = app
        self._admission = admission
        self._max_bytes = max_bytes
        self._refusal = Busy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        size = announced(scope["headers"]) if scope["type"] == "http" else None
        if size is None or size > self._max_bytes:
            await self._app(scope, receive, send)
            return
        try:
            claim = self._admission.admit(size)
        except Overloaded:
            await self._refusal.send(send)
            return
        scope.setdefault("extensions", {})[KEY] = claim

        async def release_and_send(message: Message) -> None:
            claim.release()  # the photo is done with; how fast the answer is read is no one else's concern
            await send(message)

        try:
            await self._app(scope, receive, release_and_send)
        finally:
            claim.release()


def announced(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The size of a request's body, bytes; 0 if it has one of unknown size, None if it has none.

    A length that is no number counts as an immense one.
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


class Busy:
    """The response to requests that are refused at their headers; most of it is made once."""

    def __init__(self) -> None:
        refusal = problem(503, str(Overloaded()))
        self._before, self._between, self._after = (
            msgspec.json.encode(refusal)
            .replace(refusal.instance.encode(), MARK)
            .replace(refusal.request_id.encode(), MARK)
        ).split(MARK)

    async def send(self, send: Send) -> None:
        """Send it by ASGI, with the id of the current request."""
        request = record.current()
        body = b"".join((self._before, request.urn.encode(), self._between, request.id.encode(), self._after))
        headers = [*FIXED_HEADERS, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})
