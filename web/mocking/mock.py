"""Answers without a service: with an operation's example, or with a value made up."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import flask
import msgspec
from connexion.context import request
from connexion.operations import OpenAPIOperation
from connexion.resolver import Resolution, Resolver

from web.contract import JSON_TYPES, Contract, Operation
from web.jsonschema.draft4 import Translator
from web.jsonschema.schema import Schema
from web.mocking.examples import Inventor
from web.problems.problem import Refusal

# Stands in for an image, which a contract cannot contain: a grey pixel.
PIXEL = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////"
    "////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAI"
    "AQEAAD8AP//Z"
)
WANTED = re.compile(r"\bcode=([1-5]\d\d)\b")


@dataclass(frozen=True, slots=True)
class MockResponse:
    """The mock's answer for one response of an operation."""

    headers: Mapping[str, str]
    media_type: str | None
    body: bytes

    def respond(self, status: int) -> flask.Response:
        """The response to send."""
        response = flask.Response(self.body, status, dict(self.headers), content_type=self.media_type)
        if self.media_type is None:
            del response.headers["Content-Type"]
        return response


class Examples(Resolver):  # type: ignore[misc]  # connexion is not typed
    """Connexion's resolver without handlers.

    An operation answers with its success, or with another response if the request has a header such as
    `Prefer: code=404`, a convention of mock servers.
    """

    def __init__(self, contract: Contract, image: bytes = PIXEL) -> None:
        """Collects the responses of a contract.

        Args:
            contract: what is served.
            image: the JPEG that answers where the contract has an image.

        Raises:
            ContractError: an example does not fit its schema, or none can be made up.
        """
        super().__init__()
        maker = _Maker(contract, image)
        self._responses = {operation.id: dict(maker.responses(operation)) for operation in contract.operations}
        self._statuses = {operation.id: operation.statuses[0] for operation in contract.operations}

    def resolve(self, operation: OpenAPIOperation) -> Resolution:
        """The function for an operation."""
        responses = self._responses[operation.operation_id]
        success = self._statuses[operation.operation_id]

        async def call(**_arguments: object) -> flask.Response:
            wanted = WANTED.search(request.headers.get("Prefer", ""))
            status = int(wanted[1]) if wanted else success
            return choose(responses, status).respond(status)

        return Resolution(call, operation.operation_id)


def choose(responses: Mapping[str, MockResponse], status: int) -> MockResponse:
    """The response for a status, else that of its range, else the default.

    Raises:
        Refusal: the operation does not describe it.
    """
    for key in (str(status), f"{status // 100}XX", "default"):
        if key in responses:
            return responses[key]
    known = ", ".join(sorted(responses))
    raise Refusal(400, f"The header Prefer asks for a code that this operation lacks. It has {known}.")


class _Maker:
    def __init__(self, contract: Contract, image: bytes) -> None:
        self._contract = contract
        self._image = image
        self._invent = Inventor(contract.follow)
        self._translate = Translator(contract.follow, is_response=True)

    def responses(self, operation: Operation) -> Iterator[tuple[str, MockResponse]]:
        for key, response in operation.responses.items():
            steps = (*operation.steps, "responses", key)
            media_type, content = next(iter(response.get("content", {}).items()), (None, {}))
            headers = {
                name: _header(self._value(self._contract.follow(header), (*steps, "headers", name)))
                for name, header in response.get("headers", {}).items()
            }
            place = (*steps, "content", media_type or "")
            body = b"" if media_type is None else self._body(media_type, content, place)
            yield key, MockResponse(headers, _sendable(media_type), body)

    def _body(self, media_type: str, content: Mapping[str, Any], steps: tuple[str | int, ...]) -> bytes:
        if media_type.startswith("image/"):
            return self._image
        value = self._value(content, steps)
        return msgspec.json.encode(value) if JSON_TYPES.fullmatch(media_type) else str(value).encode()

    def _value(self, owner: Mapping[str, Any], steps: tuple[str | int, ...]) -> Any:
        """The example of a Media Type or Header Object, or a value made up for its schema."""
        schema = owner.get("schema", {})
        examples = [self._contract.follow(each).get("value") for each in owner.get("examples", {}).values()]
        try:
            value = owner["example"] if "example" in owner else examples[0] if examples else self._invent(schema)
        except RecursionError:
            raise self._contract.error(steps, "no example can be made up for what contains itself: give one.") from None
        fault = next(Schema(self._translate(schema)).faults(value), None)
        if fault:
            place = "it" if fault.pointer == "#" else fault.pointer[2:]
            raise self._contract.error(steps, f"the example does not fit its schema: {place} {fault.detail}.")
        return value


def _sendable(media_type: str | None) -> str | None:
    return "image/jpeg" if media_type == "image/*" else media_type


def _header(value: object) -> str:
    """A value in the simple style."""
    if isinstance(value, list):
        return ",".join(map(_header, value))
    if isinstance(value, dict):
        return ",".join(f"{name},{_header(each)}" for name, each in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
