"""Answers without a service: an operation's example, as its contract gives it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import flask
import msgspec
from connexion.context import request
from connexion.operations import OpenAPIOperation
from connexion.resolver import Resolution, Resolver

from web.problems import Refusal

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "annotated.jpg"  # a contract cannot hold one
WANTED = re.compile(r"\bcode=(\d+)")


class Examples(Resolver):  # type: ignore[misc]  # connexion is not typed
    """Connexion's resolver where there are no handlers.

    An operation answers with the first status that it describes, or with another of them where the request has the
    header `Prefer: code=404`, which mock servers agree on.
    """

    def resolve(self, operation: OpenAPIOperation) -> Resolution:
        """What connexion is to call for an operation."""

        async def call(**_path: object) -> flask.Response:
            return example(operation, WANTED.search(request.headers.get("Prefer", "")))

        return Resolution(call, operation.operation_id)


def example(operation: OpenAPIOperation, wanted: re.Match[str] | None) -> flask.Response:
    """The example of an operation's answer.

    Raises:
        Refusal: the operation does not describe the wanted one.
    """
    status = wanted[1] if wanted else min(operation.responses)
    if status not in operation.responses:
        known = ", ".join(sorted(operation.responses))
        raise Refusal(400, f"The header Prefer asks for a code that this operation lacks. It has {known}.")
    response = operation.responses[status]
    headers = {name: str(header_example(header)) for name, header in response.get("headers", {}).items()}
    media_type = next(iter(response.get("content", {})), None)
    if media_type is None:
        return flask.Response(status=status, headers=headers)
    value, _ = operation.example_response(status, media_type)
    return flask.Response(written(value, media_type), status, headers, content_type=media_type)


def header_example(header: Mapping[str, Any]) -> object:
    """What a header holds in the contract's words."""
    return header.get("example", header["schema"].get("example"))


def written(value: object, media_type: str) -> bytes | str:
    """An example in a media type."""
    if media_type.startswith("image/"):
        return PICTURE.read_bytes()
    return msgspec.json.encode(value) if media_type.endswith("json") else str(value)
