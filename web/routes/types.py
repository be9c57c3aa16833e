"""Compares Python types with schemas."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect as types

from web.validation.texts import Reader

Follow = Callable[[Any], Any]

JSON_KINDS: dict[type, set[str]] = {  # the JSON types of each Python type
    types.NoneType: {"null"},
    types.BoolType: {"boolean"},
    types.IntType: {"integer"},
    types.FloatType: {"integer", "number"},
    types.StrType: {"string"},
    types.BytesType: {"bytes"},
    types.DateTimeType: {"string"},
    types.DateType: {"string"},
    types.TimeType: {"string"},
    types.UUIDType: {"string"},
    types.TimeDeltaType: {"string"},
    types.DecimalType: {"string", "integer", "number"},
    types.ListType: {"array"},
    types.SetType: {"array"},
    types.FrozenSetType: {"array"},
    types.VarTupleType: {"array"},
    types.TupleType: {"array"},
    types.DictType: {"object"},
    types.StructType: {"object"},
    types.DataclassType: {"object"},
    types.TypedDictType: {"object"},
}
OBJECTS = (types.StructType, types.DataclassType, types.TypedDictType)
WORDS = {
    "null": "null",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "bytes": "bytes",
    "array": "a list",
    "object": "an object",
}


class Pair(NamedTuple):
    """A schema and the type for it, at a place such as `request.image`."""

    schema: Mapping[str, Any]
    type_: types.Type
    place: str


def differences(
    schema: Mapping[str, Any], type_: Any, follow: Follow, place: str, *, is_answer: bool = False
) -> Iterator[str]:
    """Yields the differences between a type and a schema.

    Args:
        schema: of the contract.
        type_: an annotation.
        follow: returns the target of a reference.
        place: the annotated argument, for messages.
        is_answer: True if values of the type are sent, False if they are received.
    """
    try:
        msgspec.json.Decoder(type_)
        info = types.type_info(type_)
    except (TypeError, RuntimeError) as error:
        yield f"`{place}` has a type that cannot be read from JSON: {str(error).splitlines()[0].rstrip('.')}"
        return
    yield from _Comparison(follow, is_answer=is_answer).differences(Pair(schema, info, place), keeps_null=True)


class _Comparison:
    def __init__(self, follow: Follow, *, is_answer: bool) -> None:
        self._follow = follow
        self._is_answer = is_answer
        self._seen: set[tuple[tuple[int, ...], str]] = set()

    def differences(self, pair: Pair, *, keeps_null: bool) -> Iterator[str]:
        schema, type_, place = pair
        alternatives = list(_alternatives(type_))
        if any(isinstance(each, types.AnyType | types.RawType | types.CustomType) for each in alternatives):
            return
        reader = Reader(schema, self._follow)
        key = tuple(id(form) for form in reader.forms if "allOf" not in form), repr(alternatives)
        if key in self._seen:
            return
        self._seen.add(key)
        told = set(reader.kinds) or {*WORDS} - {"bytes"}
        if "string" in told and reader.is_binary and "array" not in told:
            told = told - {"string"} | {"bytes"}
        if not keeps_null:
            told.discard("null")
        typed = set().union(*(_kinds(each) for each in alternatives))
        unfit = typed - told - ({"integer"} if "number" in told else set()) if self._is_answer else told - typed
        if unfit and not (self._is_answer and not reader.kinds):
            says, does = ("is never", "may be") if self._is_answer else ("may be", "never is")
            kind = WORDS[min(unfit)]
            yield f"by the contract `{place}` {says} {kind}, by its type it {does}"
            return
        for each in alternatives:
            yield from self._inner(reader, each, place)

    def _inner(self, reader: Reader, type_: types.Type, place: str) -> Iterator[str]:
        if isinstance(type_, types.LiteralType):
            yield from self._literal(reader, type_.values, place)
        elif isinstance(type_, types.EnumType):
            yield from self._literal(reader, tuple(each.value for each in type_.cls), place)
        elif isinstance(type_, types.ListType | types.SetType | types.FrozenSetType | types.VarTupleType):
            items = [form["items"] for form in reader.forms if "items" in form]
            if items:
                pair = Pair({"allOf": items}, type_.item_type, f"{place}[]")
                yield from self.differences(pair, keeps_null=True)
        elif isinstance(type_, OBJECTS) and not any("oneOf" in form or "anyOf" in form for form in reader.forms):
            yield from self._fields(reader, type_, place)

    def _literal(self, reader: Reader, values: tuple[Any, ...], place: str) -> Iterator[str]:
        told = [set(form["enum"]) for form in reader.forms if "enum" in form]
        allowed = set.intersection(*told) if told else None
        if self._is_answer:
            extra = set(values) - allowed if allowed is not None else set()
            if extra:
                yield f"the contract has no {min(map(str, extra))} for `{place}`"
        elif allowed is None:
            yield f"by the contract `{place}` may be any text, by its type it is one of a few"
        elif missing := {each for each in allowed if each is not None} - set(values):
            yield f"the type of `{place}` lacks {min(map(str, missing))}"

    def _fields(self, reader: Reader, type_: Any, place: str) -> Iterator[str]:
        fields = {field.encode_name: field for field in type_.fields}
        required = {name for form in reader.forms for name in form.get("required", ())}
        schemas = {
            name: [form["properties"][name] for form in reader.forms if name in form.get("properties", {})]
            for name in reader.members
        }
        for name, field in fields.items():
            if self._is_answer and name not in schemas and not reader.takes_others and _is_closed(reader):
                yield f"the contract has no `{name}` in `{place}`, which {type_.cls.__name__} has"
            elif not self._is_answer and field.required and name not in required:
                what = "may be left out" if name in schemas else "does not exist"
                yield f"by the contract `{place}.{name}` {what}, but {type_.cls.__name__} needs it"
            elif name in schemas:
                pair = Pair({"allOf": schemas[name]}, field.type, f"{place}.{name}")
                yield from self.differences(pair, keeps_null=name in required)
        for name, forms in schemas.items():
            if name not in fields and not self._is_answer and not self._is_hidden(forms):
                yield f"{type_.cls.__name__} has no `{name}`, which the contract has in `{place}`"
        for name in sorted(required) if self._is_answer else ():
            may_lack = name not in fields or _may_be_unset(fields[name])
            if may_lack and not self._is_hidden(schemas.get(name, [])):
                yield f"the contract promises `{name}` in `{place}`, but {type_.cls.__name__} may lack it"

    def _is_hidden(self, schemas: list[Any]) -> bool:
        """True if a property is sent in the other direction only."""
        hidden = "writeOnly" if self._is_answer else "readOnly"
        return any(self._follow(each).get(hidden) for each in schemas)


def _alternatives(type_: types.Type) -> Iterator[types.Type]:
    if isinstance(type_, types.Metadata):
        yield from _alternatives(type_.type)
    elif isinstance(type_, types.UnionType):
        for each in type_.types:
            yield from _alternatives(each)
    else:
        yield type_


def _kinds(type_: types.Type) -> set[str]:
    if isinstance(type_, types.LiteralType):
        return {_kind_of(value) for value in type_.values}
    if isinstance(type_, types.EnumType):
        return {_kind_of(each.value) for each in type_.cls}
    return JSON_KINDS.get(type(type_), set())


def _kind_of(value: object) -> str:
    names = {bool: "boolean", int: "integer", str: "string", type(None): "null"}
    return names[type(value)]


def _may_be_unset(field: types.Field) -> bool:
    """True if a field may be msgspec.UNSET, and then is not sent."""
    return not field.required and field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT


def _is_closed(reader: Reader) -> bool:
    return any(form.get("additionalProperties") is False for form in reader.forms)
