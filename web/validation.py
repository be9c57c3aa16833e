"""Connexion's validators, made strict: they check a request against the contract and hand it on, read and validated.

Each puts what it has read into connexion's context, from where it reaches the handler as the argument `request` (the
body) or `query`. Flask gets a request without a body, so nothing is read or parsed twice.
"""

import io
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from connexion.datastructures import MediaTypeDict
from connexion.exceptions import NonConformingResponseBody
from connexion.validators import AbstractRequestBodyValidator, JSONResponseBodyValidator
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from schemas import Fault
from web import bodies
from web.enforced import ANY_BYTES, IMAGES
from web.faults import fault, listed
from web.json_document import decode, too_deep
from web.problems import Refusal
from web.schema import Schema

MOST_FIELDS = 100
LONGEST_TEXTS = 100_000  # all the texts of a form, bytes
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


def pass_to_handler(scope: Scope, name: str, value: object) -> None:
    """Make a value an argument of the handler."""
    scope.setdefault("extensions", {}).setdefault("connexion_context", {})[name] = value


def from_texts(texts: Mapping[str, str], schema: Schema) -> dict[str, object]:
    """Texts as the values that the schema's properties ask for: `null` as null where that may be, else as they are."""
    values: dict[str, object] = {}
    for name, text in texts.items():
        kinds = listed(schema.properties.get(name, {}).get("type", "string"))
        values[name] = None if text == "null" and "null" in kinds else CONVERSIONS[kinds[0]](text)
    return values


class BodyValidator(AbstractRequestBodyValidator):  # type: ignore[misc]  # connexion is not typed
    """What all bodies have in common."""

    async def wrap_receive(self, receive: Receive, *, scope: Scope) -> tuple[Receive, Scope]:
        """Validate the body, hand it on, and return a request without one."""
        body = scope["extensions"].get(bodies.KEY, b"")
        pass_to_handler(scope, "request", await self.read(body, scope))
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in BODY_HEADERS]
        return after_body(receive), {**scope, "headers": headers}

    async def read(self, body: bytes, scope: Scope) -> object:
        """What the body says, or a Refusal."""
        raise NotImplementedError


def after_body(receive: Receive) -> Receive:
    """ASGI's receive for a request whose body has been read: an empty body, then what follows, such as a disconnect."""
    told = False

    async def receive_rest() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive_rest


class JsonBody(BodyValidator):
    """A body of application/json."""

    async def read(self, body: bytes, _scope: Scope) -> object:
        """The document, without nulls."""
        schema = compiled(self._schema)
        try:
            document = decode(body)
            schema.check(document)
            return schema.without_nulls(document)
        except RecursionError:
            raise too_deep() from None


class BytesBody(BodyValidator):
    """A body of application/octet-stream or image/*."""

    async def read(self, body: bytes, _scope: Scope) -> object:
        """The bytes themselves."""
        if not body:
            raise Refusal(400, "The body is empty. Send the photo's bytes: curl --data-binary @photo.jpg …")
        return body


class FormBody(BodyValidator):
    """A body of multipart/form-data."""

    async def read(self, body: bytes, scope: Scope) -> object:
        """The fields; files as bytes."""
        if not body:
            raise Refusal(400, "The body is empty. Send a form: curl --form file=@photo.jpg …")
        schema = compiled(self._schema)
        texts, files = parse_form(body, Headers(scope=scope).get("content-type", ""))
        faults = [
            field_fault(name, schema, "must be sent once")
            for name in dict.fromkeys([*texts, *files])
            if len(texts.getlist(name)) + len(files.getlist(name)) > 1
        ]
        for name in schema.properties:
            is_file = schema.properties[name].get("format") == "binary"
            if is_file and name in texts:
                faults.append(field_fault(name, schema, "must be sent as a file: curl --form name=@photo.jpg"))
            if not is_file and name in files:
                faults.append(field_fault(name, schema, "must not be a file"))
        contents = {name: file.stream.read() for name, file in files.items()}
        faults += [field_fault(name, schema, "must not be empty") for name, content in contents.items() if not content]
        if faults:
            raise Refusal.for_faults(faults)
        values = from_texts(texts, schema)
        schema.check(values | dict.fromkeys(contents, ""))
        return schema.without_nulls(values | contents)


def parse_form(body: bytes, content_type: str) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    """The texts and the files of a form, held in memory.

    Raises:
        Refusal: it is not complete, has no boundary, or has too many or too long fields.
    """
    media_type, options = parse_options_header(content_type)
    parser = FormDataParser(
        stream_factory=in_memory,
        max_form_memory_size=LONGEST_TEXTS,
        max_form_parts=MOST_FIELDS,
        silent=False,
    )
    try:
        _, texts, files = parser.parse(io.BytesIO(body), media_type, len(body), options)
    except (ValueError, HTTPException):
        raise Refusal(
            400,
            "The body is not a complete multipart form. Send it as curl --form file=@photo.jpg does, "
            "and leave the header Content-Type to your client: it knows the boundary.",
        ) from None
    return texts, files


def in_memory(*_: object, **__: object) -> io.BytesIO:
    """Where an uploaded file is kept: not in another file, for the disk may be read-only."""
    return io.BytesIO()


def field_fault(name: str, schema: Schema, detail: str) -> Fault:
    """What is wrong with a form's field; unknown names are not repeated."""
    return fault((name,) if name in schema.properties else (), detail)


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
        pass_to_handler(scope, "query", self._schema.without_nulls(values))


def query_schema(parameters: list[dict[str, Any]]) -> Schema:
    """An operation's query parameters as the properties of one object."""
    properties = {parameter["name"]: parameter["schema"] for parameter in parameters if parameter["in"] == "query"}
    return Schema({"type": "object", "additionalProperties": False, "properties": properties})


class JsonResponse(JSONResponseBodyValidator):  # type: ignore[misc]  # connexion is not typed
    """An answer in JSON, in tests and wherever DETECTOR_VALIDATE_RESPONSES is set."""

    def _validate(self, document: object) -> None:
        if self._scope["method"] == "HEAD":
            return
        try:
            compiled(self._schema).check(document)
        except Refusal as refusal:
            raise NonConformingResponseBody(detail=refusal.detail) from None


VALIDATORS = {
    "parameter": ParameterValidator,
    "body": MediaTypeDict(
        {"application/json": JsonBody, "multipart/form-data": FormBody, ANY_BYTES: BytesBody, IMAGES: BytesBody}
    ),
    "response": MediaTypeDict({"application/json": JsonResponse, "application/problem+json": JsonResponse}),
}
