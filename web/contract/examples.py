"""Rules for examples: each has to be what its schema says, since people copy it."""

from collections.abc import Iterator, Mapping
from typing import Any

from web.contract.documents import Document, Steps
from web.contract.metaschema import Flaw
from web.contract.structure import parts
from web.jsonschema.draft4 import Translator
from web.jsonschema.schema import Schema


def flaws(document: Document) -> Iterator[Flaw]:
    """Yields the examples that their schemas forbid; a binary one is a text that describes it."""
    translate = Translator(document.follow, is_response=None)
    for kind, steps, value in parts(document.content):
        if "$ref" in value or kind not in {"Schema", "Parameter", "Header", "MediaType"}:
            continue
        schema = value if kind == "Schema" else value.get("schema", {})
        examples = list(_examples(document, value, steps))
        if not examples:
            continue
        compiled = Schema(translate(schema))
        for place, example in examples:
            fault = next(compiled.faults(example), None)
            if fault:
                inside = "" if fault.pointer == "#" else f"{fault.pointer[2:]} in it "
                yield Flaw(place, f"this example is not what its schema says: {inside or 'it '}{fault.detail}.")


def _examples(document: Document, value: Mapping[str, Any], steps: Steps) -> Iterator[tuple[Steps, Any]]:
    if "example" in value:
        yield (*steps, "example"), value["example"]
    for name, each in value.get("examples", {}).items():
        example = document.follow(each)
        if "value" in example:
            yield (*steps, "examples", name), example["value"]
