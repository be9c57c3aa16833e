"""Tells callers without an accepted token where to send it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Challenge:
    """The answer to callers without an accepted token.

    Attributes:
        detail: a sentence for people.
        headers: for the response (RFC 9110, section 11.6.1).
    """

    detail: str = "Send a valid token."
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Challenge":
        """The challenge of a contract: its first security scheme's, which is the one for all clients."""
        schemes = document.get("components", {}).get("securitySchemes", {})
        required = [name for need in document.get("security", ()) for name in need]
        scheme = next((schemes[name] for name in [*required, *schemes] if "$ref" not in schemes[name]), None)
        if scheme is None:
            return cls()
        if scheme["type"] == "http":
            return cls("Send a valid token in the header Authorization, behind Bearer.", {"WWW-Authenticate": "Bearer"})
        place = {"header": "header", "query": "query parameter", "cookie": "cookie"}[scheme["in"]]
        challenge = f'ApiKey {scheme["in"]}="{scheme["name"]}"'
        return cls(f"Send a valid token in the {place} {scheme['name']}.", {"WWW-Authenticate": challenge})
