"""Connexion's validators, made strict: they check a request against the contract and hand it on, read and validated.

Each puts what it has read into connexion's context, from where it reaches the handler as the argument `request` (the
body) or `query`. Flask gets a request without a body, so nothing is read or parsed twice.
"""

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from connexion.datastructures import MediaTypeDict
from connexion.validators import VALIDATOR_MAP, AbstractRequestBodyValidator
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Message, Receive, Scope

from schemas import Fault
from web import bodies
from web.problems import Refusal
from web.schema import Schema, listed, pointer

MOST_FIELDS = 100
BODY_HEADERS = {b"content-type", b"content-length", b"transfer-encoding", b"expect"}

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
INTEGER = re.compile(r"[+-]?\d{1,18}")
CONVERSIONS: dict[str, Callable[[str], object]] = {
    "number": lambda text: float(text) if NUMBER.fullmatch(text) else text,
    "integer": lambda text: int(text) if INTEGER.fullmatch(text) else text,
    "boolean": lambda text: {"true": True, "false": False}.get(text.lower(), text),
    "string": lambda text: text,
}

_compiled: dict[int, tuple[object, Schema]] = {}


def compiled(definition: Any, make: Callable[[Any], Schema] = Schema) -> Schema:
    """The schema for a part of the contract; connexion builds a validator a request, so it is kept here."""
    key = id(definition)
    if key not in _compiled:
        _compiled[key] = definition, make(definition)  # the definition stays, so that its id stays taken
    return _compiled[key][1]


def hand_on(scope: Scope, name: str, value: object) -> None:
    """Make a value an argument of the handler."""
    scope.setdefault("extensions", {}).setdefault("connexion_context", {})[name] = value


def without_nulls(document: Any) -> Any:
    """A JSON document in which what is null is absent."""
    if isinstance(document, dict):
        return {name: without_nulls(value) for name, value in document.items() if value is not None}
    if isinstance(document, list):
        return [without_nulls(item) for item in document]
    return document


def from_texts(texts: Mapping[str, str], schema: Schema) -> dict[str, object]:
    """Texts as the values that the schema's properties ask for; an empty text is null, a wrong one stays a text."""
    values: dict[str, object] = {}
    for name, text in texts.items():
        kinds = listed(schema.properties.get(name, {}).get("type", "string"))
        values[name] = None if text == "" and "null" in kinds else CONVERSIONS[kinds[0]](text)
    return values


class BodyValidator(AbstractRequestBodyValidator):  # type: ignore[misc]  # connexion is not typed
    """What all bodies have in common."""

    async def wrap_receive(self, _receive: Receive, *, scope: Scope) -> tuple[Receive, Scope]:
        """Validate the body, hand it on, and return a request without one."""
        body = scope["extensions"].get(bodies.KEY, b"")
        hand_on(scope, "request", await self.read(body, scope))
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in BODY_HEADERS]
        return nothing, {**scope, "headers": headers}

    async def read(self, body: bytes, scope: Scope) -> object:
        """What the body says, or a Refusal."""
        raise NotImplementedError


async def nothing() -> Message:
    """ASGI's receive for a request without a body."""
    return {"type": "http.request", "body": b"", "more_body": False}


class JsonBody(BodyValidator):
    """A body of application/json."""

    async def read(self, body: bytes, _scope: Scope) -> object:
        """The document, without nulls."""
        if not body:
            raise Refusal(400, "The body is empty. Send JSON like the example of this operation in /docs/.")
        try:
            document = msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise Refusal(400, f"The body is not JSON. {error}.") from None
        except UnicodeDecodeError:
            raise Refusal(400, "The body is not UTF-8 text, as JSON must be.") from None
        except RecursionError:
            raise Refusal(400, "The body is nested too deeply. Compare it with the example in /docs/.") from None
        compiled(self._schema).check(document)
        return without_nulls(document)


class ImageBody(BodyValidator):
    """A body of image/*."""

    async def read(self, body: bytes, _scope: Scope) -> object:
        """The bytes themselves."""
        if not body:
            raise Refusal(400, "The body is empty. Send the photo's bytes: curl --data-binary @photo.jpg …")
        return body


class FormParser(MultiPartParser):
    """Starlette's, which would else write large files to a disk that may be read-only."""

    spool_max_size = 2**31


class FormBody(BodyValidator):
    """A body of multipart/form-data."""

    async def read(self, body: bytes, scope: Scope) -> object:
        """The fields; files as bytes."""
        schema = compiled(self._schema)
        texts: dict[str, str] = {}
        files: dict[str, bytes] = {}
        faults = []
        for name, value in await self._items(body, scope):
            is_file = schema.properties.get(name, {}).get("format") == "binary"
            if name in texts or name in files:
                faults.append(field_fault(name, schema, "must be sent once"))
            if isinstance(value, UploadFile):
                files[name] = await value.read()
            else:
                texts[name] = value
            if is_file != isinstance(value, UploadFile):
                expected = "must be sent as a file: curl --form name=@photo.jpg" if is_file else "must not be a file"
                faults.append(field_fault(name, schema, expected))
            elif is_file and not files[name]:
                faults.append(field_fault(name, schema, "must not be empty"))
        if faults:
            raise Refusal.for_faults(faults)
        values = from_texts(texts, schema)
        schema.check(values | dict.fromkeys(files, ""))
        return without_nulls(values | files)

    async def _items(self, body: bytes, scope: Scope) -> list[tuple[str, UploadFile | str]]:
        async def stream() -> AsyncGenerator[bytes, None]:
            yield body

        try:
            form = await FormParser(Headers(scope=scope), stream(), max_fields=MOST_FIELDS).parse()
        except (MultiPartException, KeyError, UnicodeDecodeError, LookupError):
            raise Refusal(
                400,
                "The body is not a complete multipart form. Send it as curl --form file=@photo.jpg does, "
                "and leave the header Content-Type to your client: it knows the boundary.",
            ) from None
        return form.multi_items()


def field_fault(name: str, schema: Schema, detail: str) -> Fault:
    """What is wrong with a form's field; unknown names are not repeated."""
    return Fault(pointer=pointer([name] if name in schema.properties else []), detail=detail)


class ParameterValidator:
    """Checks the query against the contract; connexion makes one a request."""

    def __init__(self, parameters: list[dict[str, Any]], **_: object) -> None:
        self._schema = compiled(parameters, query_schema)

    def validate(self, scope: Scope) -> None:
        """Hand the query on, or raise a Refusal."""
        try:
            pairs = parse_qsl(
                scope["query_string"].decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MOST_FIELDS,
            )
        except ValueError:
            raise Refusal(400, "The query cannot be read: percent-encode its values as UTF-8.") from None
        texts = dict(pairs)
        if len(texts) < len(pairs):
            raise Refusal(400, "The query names a parameter twice: send each once.")
        values = from_texts(texts, self._schema)
        self._schema.check(values)
        hand_on(scope, "query", without_nulls(values))


def query_schema(parameters: list[dict[str, Any]]) -> Schema:
    """An operation's query parameters as the properties of one object."""
    properties = {parameter["name"]: parameter["schema"] for parameter in parameters if parameter["in"] == "query"}
    return Schema({"type": "object", "additionalProperties": False, "properties": properties})


VALIDATORS = {
    "parameter": ParameterValidator,
    "body": MediaTypeDict({"application/json": JsonBody, "multipart/form-data": FormBody, "image/*": ImageBody}),
    "response": VALIDATOR_MAP["response"],
}
