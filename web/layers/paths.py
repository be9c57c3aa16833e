"""Normalises request paths as people and proxies write them."""

import re
from typing import Any

from connexion.middleware.routing import RoutingMiddleware
from connexion.spec import Specification
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

# The absolute form of RFC 9112, section 3.2.2, contains scheme and host; some proxies add a slash when joining paths.
HEAD = re.compile(r"(?:https?://[^/]*)?/*", re.IGNORECASE)


class PlainPaths:
    """ASGI middleware: removes scheme, host and surplus slashes from the beginning of a path.

    A path that ends in a line break is a 404: Starlette's patterns ignore it, but connexion's layers then find another
    base path than their own, and neither check the token nor validate.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http":
            scope = {**scope, "path": HEAD.sub("/", scope["path"], count=1)}
            if scope["path"].endswith("\n"):
                raise HTTPException(404)
        await self._app(scope, receive, send)


class Routing(RoutingMiddleware):  # type: ignore[misc]  # connexion is not typed
    """Finds the operation of a request, even if the path has a surplus slash at its end.

    It never redirects: a redirect would name the host and scheme that the service assumes, and send photos and tokens
    there.
    """

    def add_api(self, specification: Specification, **options: Any) -> None:
        """Registers the operations of a contract."""
        super().add_api(specification, **options)
        for mount in self.router.routes:
            mount.app.redirect_slashes = False
        self.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http" and scope["path"].endswith("/") and not self._finds(scope):
            scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
        await super().__call__(scope, receive, send)

    def _finds(self, scope: Scope) -> bool:
        """True if an operation has exactly this path."""
        for mount in self.router.routes:
            match, child_scope = mount.matches(scope)
            if match is not Match.NONE and any(
                route.matches({**scope, **child_scope})[0] is not Match.NONE for route in mount.routes
            ):
                return True
        return False
