"""Rules for references within a document."""

from collections.abc import Iterator
from typing import Any

from web.contract.documents import Document, Steps, steps_of
from web.contract.metaschema import Flaw, guess
from web.contract.structure import COMPONENTS, Part

COMPONENT_STEPS = 3  # to a component: components, the section, the name


def flaws(document: Document, part: Part) -> Iterator[Flaw]:
    """Yields the flaws of a reference."""
    kind, steps, value = part
    if "$ref" not in value:
        return
    reference: str = value["$ref"]
    place = (*steps, "$ref")
    beside = next((name for name in value if name != "$ref"), None)
    if beside:
        wrap = " Put the reference into `allOf`." if kind == "Schema" else ""
        yield Flaw((*steps, beside), f"OpenAPI ignores what stands beside a reference, such as this `{beside}`.{wrap}")
    try:
        document.follow(value)
    except (LookupError, TypeError, ValueError):
        yield Flaw(place, _nowhere(document, reference))
        return
    target = steps_of(reference)
    section = COMPONENTS.get(kind)
    of_other_kind = len(target) == COMPONENT_STEPS and target[1] != section
    if target[0] == "components" and section and (of_other_kind or len(target) < COMPONENT_STEPS):
        yield Flaw(place, f"this has to refer to something in #/components/{section}, and not to {reference}.")


def _nowhere(document: Document, reference: str) -> str:
    if not reference.startswith("#/"):
        return f"there is nothing at {reference or 'an empty reference'}: write #/components/ and so on."
    target: Steps = steps_of(reference)
    around: Any = document.content
    for step in target:
        if not isinstance(around, dict) or step not in around:
            break
        around = around[step]
    else:
        return f"{reference} refers to itself."
    return f"there is nothing at {reference}.{guess(str(step), around if isinstance(around, dict) else ())}"
