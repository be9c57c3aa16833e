"""Who is let in: the X-Api-Token header against the tokens that the operator has set."""

import hmac
from collections.abc import Callable

from connexion.lifecycle import ConnexionRequest
from connexion.security import NO_VALUE, ApiKeySecurityHandler


class TokenCheck(ApiKeySecurityHandler):  # type: ignore[misc]  # connexion is not typed
    """Connexion's handler for apiKey schemes: compares in constant time; where no token is set, all are let in."""

    def __init__(self, tokens: frozenset[str]) -> None:
        self._tokens = [token.encode() for token in tokens]

    def get_fn(self, security_scheme: dict[str, str], _scopes: list[str]) -> Callable[[ConnexionRequest], object]:
        """What connexion calls for every request of a secured operation."""
        header = security_scheme["name"]

        def check(request: ConnexionRequest) -> object:
            if not self._tokens:
                return {}
            sent = request.headers.get(header, "").encode("latin-1")
            matches = [hmac.compare_digest(sent, token) for token in self._tokens]  # all of them, whichever matches
            return {} if any(matches) else NO_VALUE

        return check
