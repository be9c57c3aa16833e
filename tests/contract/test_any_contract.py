"""Contracts of every kind, made up by hypothesis: the service and the mock keep each, whoever calls them."""

from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator

from tests.support.contracts import with_operation
from tests.support.made_service import call, mock, service
from web.contract import ContractError
from web.routes.answers import Answer

SLOW = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
WORDS = "abcXYZ019-_~äß漢"

# What OpenAPI 3.0.3 allows: where, style, explode. Lists in cookies need `explode: false`.
STYLES = [
    ("path", "simple", False),
    ("path", "simple", True),
    ("path", "label", False),
    ("path", "label", True),
    ("path", "matrix", False),
    ("path", "matrix", True),
    ("query", "form", False),
    ("query", "form", True),
    ("query", "spaceDelimited", False),
    ("query", "pipeDelimited", False),
    ("query", "deepObject", True),
    ("header", "simple", False),
    ("header", "simple", True),
    ("cookie", "form", False),
]
DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}


@st.composite
def primitives(draw: st.DrawFn, where: str) -> tuple[dict[str, Any], Any]:
    """A schema of a primitive, and a value that is of its type, though perhaps out of its bounds."""
    kind = draw(st.sampled_from(["string", "integer", "number", "boolean"]))
    schema: dict[str, Any] = {"type": kind}
    if kind == "string":
        words = st.text(WORDS if where != "header" else "abcXYZ019-_", min_size=1, max_size=6)
        schema |= draw(
            st.sampled_from([{}, {"maxLength": 3}, {"minLength": 2}, {"pattern": "^[a-z]+$"}, {"enum": ["a", "XY"]}])
        )
        return schema, draw(words | st.sampled_from(["a", "XY", "abc"]))
    if kind == "boolean":
        return schema, draw(st.booleans())
    bounds = [{}, {"minimum": 2}, {"maximum": 5}, {"minimum": 2, "exclusiveMinimum": True}, {"multipleOf": 2}]
    schema |= draw(st.sampled_from([*bounds, {"enum": [1, 7]}]))
    whole = st.integers(-9, 9)
    # Of a label with an explicit list, a fraction's dot cannot be told from the style's.
    return schema, draw(whole if kind == "integer" or where == "path" else whole.map(lambda number: number / 4))


@st.composite
def parameters(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    """A Parameter Object, and a value for it."""
    where, style, explode = draw(st.sampled_from(STYLES))
    shapes = (
        ["array", "object"] if style in DELIMITERS else ["object"] if style == "deepObject" else [1, "array", "object"]
    )
    shape = draw(st.sampled_from(shapes))
    if shape == "array":
        items, first = draw(primitives(where))
        values = [first, *draw(st.lists(st.just(first), max_size=2))]
        schema = {"type": "array", "items": items} | draw(st.sampled_from([{}, {"maxItems": 2}, {"uniqueItems": True}]))
        value: Any = values
    elif shape == "object":
        members = {name: draw(primitives(where)) for name in draw(st.sampled_from([["one"], ["one", "two"]]))}
        schema = {"type": "object", "properties": {name: each for name, (each, _) in members.items()}}
        schema |= draw(st.sampled_from([{}, {"required": ["one"]}, {"additionalProperties": False}]))
        value = {name: each for name, (_, each) in members.items()}
    else:
        schema, value = draw(primitives(where))
    parameter = {"name": "it", "in": where, "style": style, "explode": explode, "schema": schema}
    return parameter | {"required": where == "path" or draw(st.booleans())}, value


def text(value: Any) -> str:
    """A primitive as a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def encoded(value: Any) -> str:
    """A primitive, percent-encoded."""
    return quote(text(value), safe="")


def pairs(value: dict[str, Any], between: str, encode: Any = encoded) -> list[str]:
    """The members of an object, each as a text."""
    return [f"{name}{between}{encode(each)}" for name, each in value.items()]


def written(parameter: dict[str, Any], value: Any) -> tuple[str, dict[str, str]]:
    """The target and the headers of a request with a value, by the table in OpenAPI's "Style Values"."""
    where, style, explode = parameter["in"], parameter["style"], parameter["explode"]
    if where == "path":
        return f"/try/{in_path(style, value, explode=explode)}", {}
    if where == "header":
        return "/try", {"it": simple(value, text, explode=explode)}
    if where == "cookie":
        return "/try", {"cookie": f"other=1; it={simple(value, encoded, explode=False)}; last=2"}
    return f"/try?{in_query(style, value, explode=explode)}", {}


def in_query(style: str, value: Any, *, explode: bool) -> str:
    """A value as a query."""
    if style == "deepObject":
        return "&".join(f"it[{name}]={encoded(each)}" for name, each in value.items())
    if explode and isinstance(value, dict):
        return "&".join(pairs(value, "="))
    if explode and isinstance(value, list):
        return "&".join(f"it={encoded(each)}" for each in value)
    joined = simple(value, encoded, explode=False)
    return f"it={joined.replace(',', DELIMITERS.get(style, ','))}"


def simple(value: Any, encode: Any, *, explode: bool) -> str:
    """A value in the simple style."""
    if isinstance(value, dict):
        return ",".join(pairs(value, "=" if explode else ",", encode))
    return ",".join(map(encode, value)) if isinstance(value, list) else encode(value)


def in_path(style: str, value: Any, *, explode: bool) -> str:
    """A value as a part of a path."""
    if style == "simple":
        return simple(value, encoded, explode=explode)
    if style == "label":
        return "." + simple(value, encoded, explode=explode).replace(",", "." if explode else ",")
    if isinstance(value, dict):
        return ";" + ";".join(pairs(value, "=")) if explode else f";it={simple(value, encoded, explode=False)}"
    if isinstance(value, list) and explode:
        return "".join(f";it={encoded(each)}" for each in value)
    return f";it={simple(value, encoded, explode=False)}"


@SLOW
@given(parameters())
def test_parameters_of_every_style(made: tuple[dict[str, Any], Any]) -> None:
    """A parameter reaches the handler as what was sent; what the contract forbids is a 400 that points at it."""
    parameter, value = made
    path = "/try/{it}" if parameter["in"] == "path" else "/try"
    contract = with_operation(path=path, parameters=[parameter])
    is_valid = OAS30Validator(parameter["schema"]).is_valid(value)
    target, headers = written(parameter, value)

    async def handler(it: Any = "nothing") -> Any:
        return {"it": it}

    reply = call(service(contract, handler), "GET", target, headers)
    mocked = call(mock(contract), "GET", target, headers)
    assert reply.status == mocked.status == (200 if is_valid else 400), (target, headers, reply.body)
    if is_valid:
        assert reply.json == {"it": value}
    else:
        inside = ("#/it", "#/one", "#/two", "#")
        assert all(fault["pointer"].startswith(inside) for fault in reply.json["errors"])


@SLOW
@given(parameters())
def test_required_parameters(made: tuple[dict[str, Any], Any]) -> None:
    """A parameter that is absent, or empty, is a 400 where it is required; else the handler has its default."""
    parameter, _ = made
    if parameter["in"] == "path":
        return

    async def handler(it: Any = "nothing") -> Any:
        return {"it": it}

    contract = with_operation(parameters=[parameter])
    for app in (service(contract, handler), mock(contract)):
        for target, headers in (("/try", {}), ("/try?it=", {"it": "", "cookie": "it="})):
            if target == "/try?it=" and parameter["in"] == "query" and parameter["style"] == "deepObject":
                continue  # it is a parameter that does not exist
            sent = headers if parameter["in"] != "query" else {}
            where = target if parameter["in"] == "query" else "/try"
            if where == "/try?it=" and parameter["schema"]["type"] == "object" and parameter["explode"]:
                continue  # so is this
            reply = call(app, "GET", where, sent)
            assert reply.status == (400 if parameter["required"] else 200), reply.body
            if parameter["required"]:
                assert reply.json["errors"] == [{"pointer": "#/it", "detail": "is required"}]


# Schemas, with what each keyword of OpenAPI 3.0 says.
LEAVES = [
    {},
    {"type": "string", "minLength": 1, "maxLength": 3},
    {"type": "string", "pattern": "^[a-c]*$"},
    {"type": "string", "enum": ["a", "bc"]},
    {"type": "string", "nullable": True},
    {"type": "string", "format": "date"},
    {"type": "string", "format": "uuid"},
    {"type": "integer", "minimum": 0, "maximum": 10},
    {"type": "integer", "format": "int32", "multipleOf": 3},
    {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 2, "exclusiveMaximum": True},
    {"type": "number", "format": "double", "nullable": True},
    {"type": "boolean"},
    {"enum": [1, "a", None, True]},
    {"not": {"type": "string"}},
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-4, 12)
    | st.sampled_from([0.5, 1.5, 2.5, "", "a", "bc", "abcd", "2026-11-26", "2026-13-26", "z"])
    | st.sampled_from(["2f1b6d0e-6f0a-4a86-9d0b-0c6ad1f6a1c2", 2**31, 2**40])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=8,
)


def nodes(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas with other schemas in them."""
    lists = st.builds(
        lambda items, more: {"type": "array", "items": items, **more},
        inner,
        st.sampled_from([{}, {"minItems": 1}, {"maxItems": 2}, {"uniqueItems": True}, {"nullable": True}]),
    )
    objects = st.builds(
        lambda properties, more: {"type": "object", "properties": properties, **more},
        st.dictionaries(st.sampled_from(["a", "b"]), inner, min_size=1, max_size=2),
        st.sampled_from(
            [
                *({}, {"additionalProperties": False}, {"additionalProperties": {"type": "integer"}}),
                *({"minProperties": 1}, {"maxProperties": 1}, {"nullable": True}),
            ]
        ),
    ).flatmap(lambda schema: st.sampled_from([schema, schema | {"required": [next(iter(schema["properties"]))]}]))
    combinations = st.builds(
        lambda keyword, parts: {keyword: parts},
        st.sampled_from(["anyOf", "oneOf", "allOf"]),
        st.lists(inner, min_size=1, max_size=2),
    )
    return lists | objects | combinations


SCHEMAS = st.recursive(st.sampled_from(LEAVES), nodes, max_leaves=5)


@settings(SLOW, max_examples=150)
@given(SCHEMAS, st.lists(VALUES, min_size=1, max_size=6))
def test_bodies_of_every_schema(schema: dict[str, Any], values: list[Any]) -> None:
    """A body is taken where its schema takes it, by another validator's word; else each fault is told."""
    contract = with_operation(
        "post", requestBody={"required": True, "content": {"application/json": {"schema": schema}}}
    )

    async def handler(request: Any) -> Any:
        return {"it": request}

    try:
        apps = [service(contract, handler), mock(contract)]
    except ContractError:  # what no value can fit, or what has no effect, is refused at the start
        event("refused")
        return
    judge = OAS30Validator(schema, format_checker=OAS30Validator.FORMAT_CHECKER)
    for value in values:
        is_valid = judge.is_valid(value)
        for app in apps:
            reply = call(app, "POST", "/try", {"content-type": "application/json"}, msgspec.json.encode(value))
            assert reply.status == (200 if is_valid else 400), (value, reply.body)
            if not is_valid:
                assert reply.json["errors"]


async def answer_json() -> Answer[str]:
    """Something, somewhere."""
    return Answer("seven", {"Location": "/try/7"})


async def answer_text() -> Answer[str]:
    """The same."""
    return Answer("seven", {"Location": "/try/7"})


async def answer_bytes() -> Answer[bytes]:
    """The same."""
    return Answer(b"seven", {"Location": "/try/7"})


async def answer_nothing() -> Answer[None]:
    """Nothing, somewhere."""
    return Answer(None, {"Location": "/try/7"})


HANDLERS = {
    "application/json": answer_json,
    "application/hal+json": answer_json,
    "text/plain": answer_text,
    "image/png": answer_bytes,
    None: answer_nothing,
}
STATUSES = [200, 201, 202, 203, 204, 206, 226, 299, 303]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("media_type", ["application/json", "application/hal+json", "text/plain", "image/png", None])
def test_successes(status: int, media_type: str | None) -> None:
    """The status of success is the contract's, and so are its media type and its headers."""
    content = {media_type: {"schema": {"type": "string", "maxLength": 9}}} if media_type and status != 204 else {}
    response = {
        "description": "Made.",
        "headers": {"Location": {"required": True, "schema": {"type": "string", "example": "/try/7"}}},
        "content": content,
    }
    contract = with_operation("post", responses={str(status): response})
    app = service(contract, HANDLERS[media_type if content else None])
    for reply in (call(app, "POST", "/try"), call(mock(contract), "POST", "/try")):
        assert (reply.status, reply.headers["location"]) == (status, "/try/7")
        assert reply.headers.get("content-type", "").partition(";")[0] == (media_type if content else "")
        assert bool(reply.body) == bool(content)
