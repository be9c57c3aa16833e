"""Rules for schemas that no value can fit."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from web.contract.documents import Document, Steps
from web.contract.metaschema import Flaw

SIZES = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))


def flaws(document: Document, schema: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    """Yields what makes a schema impossible to fit."""
    for low, high in (*SIZES, ("minimum", "maximum")):
        if schema.get(low, 0) > schema.get(high, schema.get(low, 0)):
            yield Flaw((*steps, low), f"no value can have a `{low}` of {schema[low]} and a `{high}` of {schema[high]}.")
            return
    if schema.get("additionalProperties") is False and schema.get("minProperties", 0) > len(
        schema.get("properties", ())
    ):
        yield Flaw(
            (*steps, "minProperties"), "there are fewer `properties`, and `additionalProperties` forbids others."
        )
    yield from _number_flaws(schema, steps)
    yield from _type_flaws(document, schema, steps)
    yield from _alternative_flaws(schema, steps)


def _number_flaws(schema: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    """Yields bounds between which there is no number."""
    if "minimum" not in schema or "maximum" not in schema:
        return
    low, high = schema["minimum"], schema["maximum"]
    step = schema.get("multipleOf") or (1 if schema.get("type") == "integer" else 0)
    if step:
        low, high = math.ceil(low / step) * step, math.floor(high / step) * step
    low_counts = not (schema.get("exclusiveMinimum") and low == schema["minimum"])
    high_counts = not (schema.get("exclusiveMaximum") and high == schema["maximum"])
    if step:
        low += 0 if low_counts else step
        high -= 0 if high_counts else step
    if low > high or (low == high and not step and not (low_counts and high_counts)):
        what = f"multiple of {schema['multipleOf']}" if "multipleOf" in schema else "number"
        yield Flaw((*steps, "minimum"), f"there is no {what} between this `minimum` and the `maximum`.")


def _type_flaws(document: Document, schema: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    """Yields an allOf whose parts are of different types."""
    kinds = {schema["type"]} if "type" in schema else set()
    for index, part in enumerate(schema.get("allOf", ())):
        kind = document.follow(part).get("type")
        if kind and kinds and kind not in kinds and {kind, *kinds} != {"integer", "number"}:
            yield Flaw((*steps, "allOf", index), f"no value is of the types {' and '.join(sorted({kind, *kinds}))}.")
            return
        kinds |= {kind} if kind else set()


def _alternative_flaws(schema: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    """Yields alternatives of a oneOf that are the same, of which a value cannot fit exactly one."""
    seen: list[Any] = []
    for index, alternative in enumerate(schema.get("oneOf", ())):
        if alternative in seen:
            yield Flaw((*steps, "oneOf", index), "this alternative is here twice, and a value has to fit exactly one.")
        seen.append(alternative)
