"""Allows pages of other origins to call the service, if the operator names the origins."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from web.headers import REQUEST_ID
from web.problems.problem import MEDIA_TYPE, problem

ANY = "*"
METHODS = ("get", "head", "post", "put", "patch", "delete")
SENT = ("Content-Type", REQUEST_ID, "traceparent", "tracestate")
EXPOSED = (REQUEST_ID, "Retry-After", "WWW-Authenticate")


class Cors(CORSMiddleware):
    """Starlette's middleware for a contract's methods and headers; its refusals are problems."""

    def __init__(self, app: ASGIApp, *, origins: Collection[str], document: Mapping[str, Any]) -> None:
        """Allows some origins.

        Args:
            app: the next layer.
            origins: as browsers send them; `*` for every origin.
            document: the contract, whose methods and headers are allowed.
        """
        paths = document["paths"].values()
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=sorted({method.upper() for path in paths for method in path if method in METHODS}),
            allow_headers=[*SENT, *headers_of(document)],
            expose_headers=EXPOSED,
            allow_private_network=ANY not in origins,  # the operator has named the pages that may call a private host
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """The response to a browser's preflight request."""
        response = super().preflight_response(request_headers)
        if response.status_code == 200:
            return response
        detail = "The service does not let pages of this origin send such a request: its operator can name the origin."
        body = msgspec.json.encode(problem(response.status_code, detail))
        headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        return Response(body, response.status_code, headers, MEDIA_TYPE)


def headers_of(document: Mapping[str, Any]) -> set[str]:
    """The headers that a contract's clients may send, besides HTTP's own: its tokens' and its parameters'."""
    components = document.get("components", {})
    parameters = list(components.get("parameters", {}).values())
    for path in document["paths"].values():
        for part in (path, *(path[method] for method in path if method in METHODS)):
            parameters += part.get("parameters", [])
    schemes = components.get("securitySchemes", {}).values()
    named = {each["name"] for each in (*parameters, *schemes) if each.get("in") == "header"}
    authorization = {"Authorization" for scheme in schemes if scheme.get("type") in ("http", "oauth2", "openIdConnect")}
    return named | authorization
