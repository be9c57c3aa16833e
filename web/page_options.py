"""The options that the page offers: the fields of the contract's form besides the photo."""

from collections.abc import Iterator
from typing import Any

from web.contract import Contract

FORM = "multipart/form-data"
JSON = "application/json"
KEPT = ("title", "description", "type", "minimum", "maximum", "enum", "default")


def form(contract: Contract) -> dict[str, Any]:
    """The first operation that takes a photo in a form and answers JSON; empty if there is none.

    Returns:
        `path`, relative to the base path; `file`, the field of the photo; `options`, the other fields.
    """
    for path, item in contract.document["paths"].items():
        operation = item.get("post", {})
        success = contract.follow(operation.get("responses", {}).get("200", {}))
        media_type = contract.follow(operation.get("requestBody", {})).get("content", {}).get(FORM)
        if media_type and JSON in success.get("content", {}):
            properties = contract.follow(media_type["schema"])["properties"]
            fields = {name: contract.follow(schema) for name, schema in properties.items()}
            files = [name for name, schema in fields.items() if schema.get("format") == "binary"]
            return {"path": path[1:], "file": files[0], "options": list(options(fields))} if files else {}
    return {}


def options(fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The fields that are not files, each with the facts that the page needs."""
    for name, schema in fields.items():
        if schema.get("format") != "binary":
            yield {"name": name} | {key: schema[key] for key in KEPT if key in schema}
