"""Connexion's check of callers' tokens."""

from collections.abc import Callable

from connexion.lifecycle import ConnexionRequest
from connexion.security import NO_VALUE, ApiKeySecurityHandler

from web.tokens.tokens import Tokens


class TokenCheck(ApiKeySecurityHandler):  # type: ignore[misc]  # connexion is not typed
    """Connexion's handler for schemes of type apiKey, and of type http with bearer tokens."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def get_fn(self, security_scheme: dict[str, str], _scopes: list[str]) -> Callable[[ConnexionRequest], object]:
        """The function that connexion calls for every request of a secured operation."""
        is_bearer = security_scheme["type"] == "http"
        name = "Authorization" if is_bearer else security_scheme["name"]
        place = security_scheme.get("in")

        def check(request: ConnexionRequest) -> object:
            if place == "query":
                sent = request.query_params.get(name, "").encode()
            elif place == "cookie":
                sent = request.cookies.get(name, "").encode("latin-1", "replace")
            else:
                sent = request.headers.get(name, "").encode("latin-1")
            if is_bearer:
                scheme, _, sent = sent.partition(b" ")
                if scheme.lower() != b"bearer":
                    return NO_VALUE
                sent = sent.strip(b" ")  # RFC 9110, section 11.4, allows several spaces
            return {} if self._tokens.accepts(sent) else NO_VALUE

        return check
