"""web/contract/excerpt.py."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from web.contract import Contract
from web.contract.excerpt import without

TEXT = (Path(__file__).parents[2] / "openapi.yml").read_text("utf-8")

SMALL = """\
tags:
  - name: kept
  - name: cut  # goes with its entry
    description: |
      Of several

      lines.
paths:
  # before kept
  /kept:
    get: {tags: [kept], responses: {'200': {$ref: '#/components/responses/Kept'}}}

  # before cut, which goes with it
  /cut:
    get:
      tags: [cut]
      security: [{Cut: []}]
      responses: {'200': {$ref: '#/components/responses/Cut'}}

components:
  securitySchemes:
    Cut: {type: http}
  responses:
    Kept: {description: $ref}
    Cut:
      content: {text/plain: {schema: {$ref: '#/components/schemas/Cut'}}}
  schemas:
    Cut:
      type: object
      properties:
        deeper: {$ref: '#/components/schemas/Deeper'}
        shared: {$ref: '#/components/schemas/Shared'}
    # before deeper
    Deeper: {type: string}
    # the last
    Shared: {type: integer}
    Unused: {type: string}
"""


def ids(document: dict[str, Any]) -> set[str]:
    """The operationIds of a document."""
    return {operation["operationId"] for item in document["paths"].values() for operation in item.values()}


def test_removes_components_of_the_tag() -> None:
    """The tag, its operations, and components that nothing refers to any more are removed; the rest stays."""
    document = yaml.safe_load(without(SMALL, "cut"))
    assert [tag["name"] for tag in document["tags"]] == ["kept"]
    assert list(document["paths"]) == ["/kept"]
    assert document["components"] == {
        "responses": {"Kept": {"description": "$ref"}},
        "schemas": {"Unused": {"type": "string"}},
    }


def test_leaves_the_rest_as_it_was_written() -> None:
    """Without an operation of that tag, no character changes; with one, whole lines go and no new ones come."""
    assert without(TEXT, "nowhere") == TEXT
    rest = iter(TEXT.splitlines())
    assert all(line in rest for line in without(TEXT, "compatibility").splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("tag", [tag["name"] for tag in yaml.safe_load(TEXT)["tags"]])
def test_stays_valid(tag: str) -> None:
    """Without any one tag's operations, the contract is valid, and has all the others and nothing unused."""
    rest = without(TEXT, tag)
    validate(yaml.safe_load(rest))
    expected = {operation.id for operation in Contract.parse("", TEXT).operations if operation.tag != tag}
    assert ids(yaml.safe_load(rest)) == expected
    for kind, components in yaml.safe_load(rest)["components"].items():
        used = "#/components/" + kind + "/{}" if kind != "securitySchemes" else "{}: []"
        assert all(used.format(name) in rest for name in components)
