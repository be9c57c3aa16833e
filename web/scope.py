"""Values that the layers of a request leave for each other in its ASGI scope, under `extensions`."""

from typing import Any

from starlette.types import Scope

from web.admission import Claim

BODY, CLAIM = "specsight.body", "specsight.claim"
ARGUMENTS, ROUTE = "connexion_context", "connexion_routing"  # connexion's


def operation_of(scope: Scope) -> str:
    """The operationId that a request has been routed to; empty if it has not been routed."""
    operation_id: str = scope.get("extensions", {}).get(ROUTE, {}).get("operation_id", "")
    return operation_id


def claim_of(scope: Scope) -> Claim | None:
    """The claim of a request; None if it has none."""
    claim: Claim | None = scope.get("extensions", {}).get(CLAIM)
    return claim


def keep_claim(scope: Scope, claim: Claim) -> None:
    """Keeps the claim of a request."""
    scope.setdefault("extensions", {})[CLAIM] = claim


def body_of(scope: Scope) -> bytes:
    """The body of a request, once it has been read."""
    body: bytes = scope.get("extensions", {}).get(BODY, b"")
    return body


def keep_body(scope: Scope, body: bytes) -> None:
    """Keeps the body of a request."""
    scope.setdefault("extensions", {})[BODY] = body


def forget_body(scope: Scope) -> None:
    """Forgets the body of a request, and what was made of it."""
    extensions = scope.get("extensions", {})
    extensions.pop(BODY, None)
    extensions.get(ARGUMENTS, {}).clear()  # connexion's context variable has it, too


def argument_of(scope: Scope, name: str) -> Any:
    """An argument for the handler; None if it has not been passed."""
    return scope.get("extensions", {}).get(ARGUMENTS, {}).get(name)


def pass_to_handler(scope: Scope, name: str, value: object) -> None:
    """Makes a value an argument of the handler."""
    scope.setdefault("extensions", {}).setdefault(ARGUMENTS, {})[name] = value
