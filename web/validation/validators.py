"""Strict replacements for connexion's validators: they parse, validate and pass the result to the handler.

Each puts the parsed values into connexion's context, from which the handler gets them: the body as `request`, the query
as `query`, and each parameter by its own name.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache, partial
from typing import Any

from connexion.datastructures import MediaTypeDict
from connexion.exceptions import NonConformingResponseBody
from connexion.validators import AbstractRequestBodyValidator, JSONResponseBodyValidator
from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from schemas import Fault
from web.contract import FORM_TYPES, JSON_TYPES, Contract
from web.contract.names import argument_name
from web.contract.routes import MEDIA_TYPE, STATUS
from web.jsonschema.draft4 import Translator
from web.jsonschema.schema import Schema
from web.problems.problem import Refusal
from web.scope import body_of, operation_of, pass_to_handler
from web.validation import json_document
from web.validation.checks import check
from web.validation.elsewhere import addresses, hints
from web.validation.forms import MultipartForm, UrlencodedForm, command
from web.validation.parameters import Parameters
from web.validation.parser import Parser, Read
from web.validation.texts import Reader

Hints = Callable[
    [object], Iterable[Fault]
]  # of a JSON document: the operation that it is meant for, if that is another

JSON_RANGES = ("application/json", "application/*+json")
EMPTY = {
    "json": "Send JSON like the example of this operation in /docs/.",
    "text": "Send text.",
    "bytes": "Send the photo's bytes: curl --data-binary @photo.jpg …",
}


def validators(contract: Contract) -> dict[str, Any]:
    """Connexion's options for validating a contract's requests and responses."""
    operations = {operation.id: operation for operation in contract.operations}
    parameters = {id_: Parameters(operation, contract.follow) for id_, operation in operations.items()}
    known = addresses(contract)
    readers = {
        (operation.id, media_type): reader(media_type, content, contract, partial(hints, known, operation.id))
        for operation in contract.operations
        for media_type, content in operation.body.items()
    }
    advice = {
        (operation.id, media_type): advice_for_empty(media_type, content, contract)
        for operation in contract.operations
        for media_type, content in operation.body.items()
    }
    return {
        "parameter": partial(ParameterValidator, parameters),
        "body": MediaTypeDict({"*/*": partial(BodyValidator, readers, advice, Parser())}),
        "response": MediaTypeDict(dict.fromkeys(JSON_RANGES, partial(ResponseValidator, response_schemas(contract)))),
    }


class ParameterValidator:
    """Checks parameters; connexion makes one per request."""

    def __init__(
        self,
        parameters: Mapping[str, Parameters],
        _parameters: object,
        security_query_params: Collection[str] = (),
        **_: object,
    ) -> None:
        self._parameters = parameters
        self._security_names = security_query_params

    def validate(self, scope: Scope) -> None:
        """Passes the parameters to the handler, or raises a Refusal."""
        values = self._parameters[operation_of(scope)].values(scope, self._security_names)
        pass_to_handler(scope, "query", values["query"])
        for of_location in values.values():
            for name, value in of_location.items():
                pass_to_handler(scope, argument_name(name), value)


class BodyValidator(AbstractRequestBodyValidator):  # type: ignore[misc]  # connexion is not typed
    """Checks a body; connexion makes one per request."""

    def __init__(
        self,
        readers: Mapping[tuple[str, str], Read],
        advice: Mapping[tuple[str, str], str],
        parser: Parser,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._readers = readers
        self._advice = advice
        self._parser = parser

    async def wrap_receive(self, receive: Receive, *, scope: Scope) -> tuple[Receive, Scope]:
        """Validates the body that BodyReader has read, and passes it to the handler."""
        body = body_of(scope)
        media_type = self._schema[MEDIA_TYPE]
        if body:
            read = self._readers[operation_of(scope), media_type]
            content_type = Headers(scope=scope).get("content-type", "")
            is_raw = kind_of(media_type) == "bytes"
            value = read(body, content_type) if is_raw else await self._parse(read, body, content_type)
            pass_to_handler(scope, "request", value)
        elif self._required:
            raise Refusal(400, f"The body is empty. {self._advice[operation_of(scope), media_type]}")
        else:
            pass_to_handler(scope, "request", None)
        return receive, scope

    async def _parse(self, read: Read, body: bytes, content_type: str) -> object:
        try:
            return await self._parser.parse(read, body, content_type)
        except RecursionError:
            raise json_document.too_deep() from None


@cache
def kind_of(media_type: str) -> str:
    """The kind of a media type of the contract: json, form, text, or bytes, which are passed on as they are."""
    if JSON_TYPES.fullmatch(media_type):
        return "json"
    if media_type in FORM_TYPES:
        return "form"
    return "text" if media_type == "text/plain" else "bytes"


def advice_for_empty(media_type: str, content: Mapping[str, Any], contract: Contract) -> str:
    """The body to send instead of an empty one."""
    kind = kind_of(media_type)
    if kind != "form":
        return EMPTY[kind]
    return f"Send a form: {command(media_type, Reader(content['schema'], contract.follow).members)} …"


def reader(media_type: str, content: Mapping[str, Any], contract: Contract, hints: Hints = lambda _: ()) -> Read:
    """The reader for bodies of a media type of the contract.

    Args:
        media_type: theirs.
        content: its Media Type Object.
        contract: for references.
        hints: on JSON bodies; by default there are none.
    """
    if media_type == "multipart/form-data":
        return MultipartForm(content, contract.follow).read
    if media_type == "application/x-www-form-urlencoded":
        return UrlencodedForm(content, contract.follow).read
    schema = Schema(Translator(contract.follow)(content["schema"]))
    if kind_of(media_type) == "json":
        return partial(read_json, schema, hints)
    read = Reader(content["schema"], contract.follow)
    return partial(read_text, schema, read) if kind_of(media_type) == "text" else partial(read_bytes, schema, read)


def read_json(schema: Schema, hints: Hints, body: bytes, _content_type: str) -> object:
    """Parses a JSON body, and removes its nulls."""
    document = json_document.decode(body)
    check(schema, document, hints(document))
    return schema.without_nulls(document)


def read_text(schema: Schema, read: Reader, body: bytes, _content_type: str) -> object:
    """Parses a text."""
    try:
        value = read(body.decode())
    except UnicodeDecodeError:
        raise Refusal(400, "The body is not UTF-8 text.") from None
    check(schema, value)
    return value


def read_bytes(schema: Schema, read: Reader, body: bytes, _content_type: str) -> bytes:
    """The bytes themselves; a character in the schema's lengths stands for a byte."""
    if read.is_measured:
        check(schema, " " * len(body))
    return body


def response_schemas(contract: Contract) -> dict[tuple[str, str], Schema]:
    """The schemas of JSON responses, by operation and status as the contract writes it."""
    translate = Translator(contract.follow, is_response=True)
    return {
        (operation.id, status): Schema(translate(content.get("schema", {})))
        for operation in contract.operations
        for status, response in operation.responses.items()
        for media_type, content in response.get("content", {}).items()
        if JSON_TYPES.fullmatch(media_type)
    }


class ResponseValidator(JSONResponseBodyValidator):  # type: ignore[misc]  # connexion is not typed
    """Checks a response, in tests and if the settings ask for it."""

    def __init__(self, schemas: Mapping[tuple[str, str], Schema], scope: Scope, **options: Any) -> None:
        super().__init__(scope, **options)
        self._schemas = schemas

    def _validate(self, document: object) -> None:
        schema = self._schemas.get((operation_of(self._scope), self._schema.get(STATUS, "")))
        if self._scope["method"] == "HEAD":
            return
        if schema is None:
            raise NonConformingResponseBody(detail="The contract has no such response.")
        try:
            check(schema, document)
        except Refusal as refusal:
            raise NonConformingResponseBody(detail=refusal.detail) from None
