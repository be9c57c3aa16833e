"""Connexion's check of callers' tokens."""

from collections.abc import Callable

from connexion.lifecycle import ConnexionRequest
from connexion.security import NO_VALUE, ApiKeySecurityHandler

from web.tokens.tokens import Tokens

CHALLENGE = {"WWW-Authenticate": 'ApiKey header="X-Api-Token"'}


class TokenCheck(ApiKeySecurityHandler):  # type: ignore[misc]  # connexion is not typed
    """Connexion's handler for apiKey schemes."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def get_fn(self, security_scheme: dict[str, str], _scopes: list[str]) -> Callable[[ConnexionRequest], object]:
        """What connexion calls for every request of a secured operation."""
        name, in_query = security_scheme["name"], security_scheme["in"] == "query"

        def check(request: ConnexionRequest) -> object:
            if in_query:
                sent = request.query_params.get(name, "").encode()
            else:
                sent = request.headers.get(name, "").encode("latin-1")
            return {} if self._tokens.accepts(sent) else NO_VALUE

        return check
