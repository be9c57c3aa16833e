"""Checks callers' API tokens."""

import hmac
from collections.abc import Callable

from connexion.lifecycle import ConnexionRequest
from connexion.security import NO_VALUE, ApiKeySecurityHandler

CHALLENGE = {"WWW-Authenticate": 'ApiKey header="X-Api-Token"'}


class Tokens:
    """The operator's tokens; with none, the service is open."""

    def __init__(self, tokens: frozenset[str]) -> None:
        self._tokens = [token.encode() for token in tokens]

    def accepts(self, sent: bytes) -> bool:
        """Whether this is one of them, compared in constant time."""
        matches = [hmac.compare_digest(sent, token) for token in self._tokens]  # all of them, whichever matches
        return any(matches) or not self._tokens


class TokenCheck(ApiKeySecurityHandler):  # type: ignore[misc]  # connexion is not typed
    """Connexion's handler for apiKey schemes."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def get_fn(self, security_scheme: dict[str, str], _scopes: list[str]) -> Callable[[ConnexionRequest], object]:
        """What connexion calls for every request of a secured operation."""
        header = security_scheme["name"]

        def check(request: ConnexionRequest) -> object:
            sent = request.headers.get(header, "").encode("latin-1")
            return {} if self._tokens.accepts(sent) else NO_VALUE

        return check
