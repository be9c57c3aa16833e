"""Refuses requests of other origins' pages."""

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from web.problems.problem import Refusal

SAFE = ("GET", "HEAD", "OPTIONS")  # links and preflights
FOREIGN = (b"cross-site", b"same-site")  # same-site: of another host in the same domain


class ForeignPages:
    """ASGI middleware: refuses what a page of another origin sends, unless the operator has named the origin.

    CORS only keeps such a page from reading the response: browsers still send its forms, and the service would do the
    work. Over HTTPS, and to their own machine, browsers state a request's origin in Sec-Fetch-Site, which pages cannot
    set. Proxies do not change it, and other clients do not send it.
    """

    def __init__(self, app: ASGIApp, *, origins: Collection[str]) -> None:
        """Allows some origins.

        Args:
            app: the next layer.
            origins: as browsers send them.
        """
        self._app = app
        self._allowed = {origin.encode() for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI.

        Raises:
            Refusal: the request comes from a page of another origin.
        """
        if scope["type"] == "http" and scope["method"] not in SAFE and self._is_foreign(scope):
            raise Refusal(
                403, "The service does not let pages of this origin call it: its operator can name the origin."
            )
        await self._app(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        headers = scope["headers"]
        if not any(name == b"sec-fetch-site" and value in FOREIGN for name, value in headers):
            return False
        return not any(name == b"origin" and value in self._allowed for name, value in headers)
