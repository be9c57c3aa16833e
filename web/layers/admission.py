"""Admits requests that have a body, or refuses them."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import record
from web.admission import Claim, Overloaded
from web.gate import Gate
from web.scope import claim_of, forget_body, keep_claim


class RequestAdmission:
    """ASGI middleware: claims a place in the queue and room for the body, in the scope.

    The service's own server has already done so at the headers; other servers have not.
    """

    def __init__(self, app: ASGIApp, *, gate: Gate) -> None:
        """Wraps an application.

        Args:
            app: the next layer.
            gate: admits requests.
        """
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        try:
            claim = self._claim(scope)
        except Overloaded as error:
            request = record.current()
            request.refusal = error.reason
            await self._gate.refusal(closes=False).send(send, request.id)
            return
        if claim is None:
            await self._app(scope, receive, send)
            return

        rest: list[Message] = []

        async def release_and_send(message: Message) -> None:
            claim.release()  # the photo is done; a client that reads its answer slowly delays no one
            if message["type"] == "http.response.body" and not message.get("more_body"):
                rest.append(message)
            else:
                await send(message)

        try:
            await self._app(scope, receive, release_and_send)
            # Clients that read slowly could fill the memory if the application, which has the body, waited for them.
            forget_body(scope)
            for message in rest:
                await send(message)
        finally:
            claim.release()
            self._gate.finished += 1

    def _claim(self, scope: Scope) -> Claim | None:
        """The claim of a request, in the scope from now on; None if it needs none.

        Raises:
            Overloaded: there is no place or no room.
        """
        if scope["type"] != "http":
            return None
        claim = claim_of(scope) or self._gate.admit(scope["headers"])
        if claim is not None:
            keep_claim(scope, claim)
        return claim
