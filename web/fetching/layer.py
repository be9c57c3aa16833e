"""The layer between validation and the handlers that fetches photos."""

import time
from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from web import record
from web.fetching.fetcher import Fetcher
from web.fetching.photos import FetchedPhotos, Outcome
from web.fetching.places import Place, addresses
from web.layers.disconnects import while_connected
from web.scope import argument_of, claim_of, operation_of, pass_to_handler


class PhotoFetching:
    """ASGI middleware: fetches the photos that a validated request names by address, for the handler's `fetched`.

    So handlers never wait for another host, and their threads stay free for photos that were sent.
    """

    def __init__(self, app: ASGIApp, *, fetcher: Fetcher, places: Mapping[str, Sequence[Place]]) -> None:
        """Wraps an application.

        Args:
            app: the next layer.
            fetcher: fetches the photos.
            places: the places of addresses in each operation's bodies; see places.places.
        """
        self._app = app
        self._fetcher = fetcher
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = argument_of(scope, "request")
        places = self._places.get(operation_of(scope), ())
        wanted = dict.fromkeys(address for place in places for address in addresses(body, place))
        claim = claim_of(scope)
        outcomes: Mapping[str, Outcome] = {}
        if wanted and claim:  # requests with a body have a claim
            started = time.monotonic()
            try:
                with claim.elsewhere():
                    outcomes = await while_connected(receive, self._fetcher.fetch(wanted, claim))
            finally:
                record.current().stages.append(("fetch", time.monotonic() - started))
        pass_to_handler(scope, "fetched", FetchedPhotos(outcomes))
        await self._app(scope, receive, send)
