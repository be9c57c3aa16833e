"""Rules for schemas: each keyword must have an effect, and each stated value must be allowed."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from web.contract import possibility
from web.contract.documents import Document, Steps
from web.contract.metaschema import Flaw, guess
from web.contract.structure import Part, parts
from web.jsonschema.draft4 import PATTERN_SAYS, Translator, values_of
from web.jsonschema.formats import KNOWN, TYPES
from web.jsonschema.forms import COMPOSERS
from web.jsonschema.schema import Schema

NUMBERS, TEXTS, LISTS, OBJECTS = {"integer", "number"}, {"string"}, {"array"}, {"object"}
APPLIES_TO = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), NUMBERS),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), TEXTS),
    **dict.fromkeys(("items", "minItems", "maxItems", "uniqueItems"), LISTS),
    **dict.fromkeys(("properties", "required", "additionalProperties", "minProperties", "maxProperties"), OBJECTS),
}


def flaws(document: Document, part: Part) -> Iterator[Flaw]:
    """Yields the flaws of a schema, apart from its values."""
    _, steps, schema = part
    kind = schema.get("type")
    for keyword in schema:
        if kind and kind not in APPLIES_TO.get(keyword, {kind}):
            wanted = " or ".join(sorted(APPLIES_TO[keyword]))
            yield Flaw((*steps, keyword), f"`{keyword}` has no effect on `type: {kind}`: it is for {wanted}.")
    if kind == "array" and "items" not in schema:
        yield Flaw(steps, "a list needs `items`, which say what is in it.")
    yield from possibility.flaws(document, schema, steps)
    for bound in ("minimum", "maximum"):
        exclusive = f"exclusive{bound.capitalize()}"
        if exclusive in schema and bound not in schema:
            yield Flaw((*steps, exclusive), f"`{exclusive}` has no effect without a `{bound}`.")
    if schema.get("readOnly") and schema.get("writeOnly"):
        yield Flaw((*steps, "writeOnly"), "nobody can send what is both `readOnly` and `writeOnly`.")
    if PATTERN_SAYS in schema and not ("pattern" in schema and str(schema[PATTERN_SAYS]).startswith("must ")):
        yield Flaw((*steps, PATTERN_SAYS), f"`{PATTERN_SAYS}` has to be beside a `pattern`, and to begin with `must`.")
    yield from _format_flaws(schema, steps)
    yield from _null_flaws(schema, steps)
    yield from _required_flaws(schema, steps)
    yield from _discriminator_flaws(document, schema, steps)
    yield from _composition_flaws(document, schema, steps)


def value_flaws(document: Document) -> Iterator[Flaw]:
    """Yields the schemas that cannot be compiled, and the defaults and enumerated values that their schemas forbid."""
    translate = Translator(document.follow)
    for part in parts(document.content):
        if part.kind != "Schema" or "$ref" in part.value:
            continue
        _, steps, value = part
        try:
            schema = Schema(translate(value))
        except jsonschema_rs.ValidationError:
            yield Flaw(
                (*steps, "pattern"), "this is not a regular expression of JavaScript, as OpenAPI's patterns are."
            )
            continue
        if "default" in value:
            yield from _value_flaws(schema, value["default"], (*steps, "default"))
        if "enum" in value:
            # An enumerated value is in the list by definition, so it can only break another keyword.
            rest = Schema(translate({keyword: each for keyword, each in value.items() if keyword != "enum"}))
            for index, each in enumerate(value["enum"]):
                if each in value["enum"][:index]:
                    yield Flaw((*steps, "enum", index), "this value is here for the second time.")
                yield from _value_flaws(rest, each, (*steps, "enum", index))


def _value_flaws(schema: Schema, value: object, steps: Steps) -> Iterator[Flaw]:
    fault = next(schema.faults(value), None)
    if fault:
        quoting = (
            " Put it into quotes." if fault.detail == "must be text" and isinstance(value, bool | int | float) else ""
        )
        place = "" if fault.pointer == "#" else f"{fault.pointer[2:]} in it "
        yield Flaw(steps, f"its own schema forbids this value: {place or 'it '}{fault.detail}.{quoting}")


def _format_flaws(schema: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    name, kind = schema.get("format"), schema.get("type")
    place = (*steps, "format")
    if name is None:
        return
    if name not in KNOWN:
        yield Flaw(place, f"there is no format {name}: this service knows {', '.join(KNOWN)}.{guess(name, KNOWN)}")
    elif kind is None:
        yield Flaw(place, f"`format: {name}` has no effect without `type: {TYPES.get(name, 'string')}`.")
    elif kind != TYPES.get(name, "string") and not (kind == "number" and name in {"int32", "int64"}):
        yield Flaw(place, f"`format: {name}` has no effect on `type: {kind}`: it is for {TYPES.get(name, 'string')}.")


def _null_flaws(schema: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    values = schema.get("enum", [])
    if schema.get("nullable") is True:
        if "enum" in schema and None not in values:
            yield Flaw((*steps, "enum"), "`nullable` has no effect here: add null to the `enum`, or remove `nullable`.")
        elif not {"type", *COMPOSERS} & schema.keys():
            yield Flaw((*steps, "nullable"), "`nullable` has no effect without a `type` beside it.")
    elif None in values and "type" in schema:
        yield Flaw((*steps, "enum"), "null is no value of this type: write `nullable: true`, or remove it.")


def _required_flaws(schema: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    properties = schema.get("properties", {})
    for index, name in enumerate(schema.get("required", [])):
        hint = guess(name, properties)
        if name not in properties and properties and (hint or schema.get("additionalProperties") is False):
            yield Flaw((*steps, "required", index), f"{name} is required, but is not among the `properties`.{hint}")


def _discriminator_flaws(document: Document, schema: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    if "discriminator" not in schema:
        return
    place = (*steps, "discriminator")
    discriminator = schema["discriminator"]
    alternatives = schema.get("oneOf", schema.get("anyOf"))
    if not alternatives:
        yield Flaw(place, "a discriminator tells alternatives apart: write it beside `oneOf` or `anyOf`.")
        return
    mapping = discriminator.get("mapping", {})
    names = set(map(_name, alternatives))
    for value, target in mapping.items():
        if target.rpartition("/")[2] not in names:
            yield Flaw((*place, "mapping", value), f"{target} is none of the alternatives.{guess(target, names)}")
    for index, each in enumerate(alternatives):
        if not _name(each):
            keyword = "oneOf" if "oneOf" in schema else "anyOf"
            yield Flaw((*steps, keyword, index), "a discriminator needs names: make each alternative a reference.")
            return
        followed = document.follow(each)
        found = [followed, *map(document.follow, followed.get("allOf", ()))]
        yield from _tag_flaws(document, discriminator, each, found, place)


def _tag_flaws(
    document: Document,
    discriminator: Mapping[str, Any],
    alternative: Mapping[str, Any],
    forms: list[Mapping[str, Any]],
    place: Steps,
) -> Iterator[Flaw]:
    """Yields the reasons why a property cannot distinguish an alternative."""
    name, here = discriminator["propertyName"], (*place, "propertyName")
    described = [document.follow(form["properties"][name]) for form in forms if name in form.get("properties", {})]
    if not described:
        yield Flaw(here, f"{_name(alternative)} has no property {name}, which is to tell it apart.")
        return
    if not any(name in form.get("required", ()) for form in forms):
        yield Flaw(here, f"{name} tells {_name(alternative)} apart: it has to be among its `required`.")
    if any(each.get("type", "string") != "string" for each in described):
        yield Flaw(here, f"{name} of {_name(alternative)} has to be text, which the name of a schema is.")
    values = values_of(alternative, discriminator.get("mapping", {}))
    for each in described:
        if "enum" in each and not set(values) & set(each["enum"]):
            yield Flaw(
                here,
                f"the `enum` of {name} in {_name(alternative)} lacks {values[0]}, by which it would be told apart.",
            )


def _name(alternative: Mapping[str, Any]) -> str:
    """The name of the component that an alternative refers to."""
    reference: str = alternative.get("$ref", "")
    return reference.rpartition("/")[2]


def _composition_flaws(document: Document, schema: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    """Yields the flaws of an allOf whose parts exclude each other, and of schemas that consist of themselves."""
    if _contains_itself(document, schema, []):
        yield Flaw(steps, "this schema consists of itself: no value can ever be checked by it.")
        return
    forms = [document.follow(each) for each in schema.get("allOf", ())]
    forms += [schema] if "properties" in schema else []
    for index, form in enumerate(forms):
        if form.get("additionalProperties") is not False:
            continue
        for other in forms:
            missing = next(
                (name for name in other.get("properties", ()) if name not in form.get("properties", {})), None
            )
            if missing:
                place = (*steps, "allOf", index) if form is not schema else (*steps, "additionalProperties")
                yield Flaw(
                    place,
                    f"`additionalProperties: false` forbids here what another part of the schema describes: {missing}.",
                )
                return


def _contains_itself(document: Document, schema: Any, around: list[Any]) -> bool:
    followed = document.follow(schema)
    if any(followed is each for each in around):
        return True
    inner = [each for keyword in COMPOSERS for each in followed.get(keyword, ())]
    return any(_contains_itself(document, each, [*around, followed]) for each in inner)
