"""The document that connexion enforces.

Client generators read one media type per request, and one contract for servers with and without tokens. The server
knows more.
"""

import copy
from collections.abc import Collection, Iterator
from typing import Any

from web.contract import ANY_BYTES

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
IMAGES = "image/*"


def document_for_connexion(
    document: dict[str, Any], *, needs_token: bool, open_to_all: Collection[str] = ()
) -> dict[str, Any]:
    """A copy of a contract for connexion.

    Args:
        document: the contract.
        needs_token: True to require tokens that are optional in the contract.
        open_to_all: operations, by operationId, that never need one.
    """
    document = copy.deepcopy(document)
    operations = [item[method] for item in document.get("paths", {}).values() for method in METHODS if method in item]
    for content in _contents(document, operations):
        if ANY_BYTES in content:  # photos may be sent with their own media type, too
            content.setdefault(IMAGES, content[ANY_BYTES])
    if needs_token:
        for owner in (document, *operations):
            if "security" in owner:
                owner["security"] = [scheme for scheme in owner["security"] if scheme] or owner["security"]
    for operation in operations:
        if operation.get("operationId") in open_to_all:
            operation["security"] = []
    return document


def _contents(document: dict[str, Any], operations: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The media types of every request body."""
    shared = document.get("components", {}).get("requestBodies", {}).values()
    for body in (*(operation.get("requestBody", {}) for operation in operations), *shared):
        yield body.get("content", {})
