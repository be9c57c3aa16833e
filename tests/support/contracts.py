"""A small contract, and others that differ from it."""

from typing import Any

import pytest
import yaml

from web.contract import Contract, ContractError

SMALL = """\
openapi: 3.0.3
info: {title: Shapes, version: 1.0.0}
servers:
  - url: /
security:
  - Token: []
tags:
  - {name: shapes, description: Shapes.}
paths:
  /shapes/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
    get:
      tags: [shapes]
      operationId: getShape
      parameters:
        - {name: unit, in: query, schema: {type: string, enum: [mm, m], default: mm}}
        - {$ref: '#/components/parameters/Trace'}
      responses:
        '200':
          description: A shape.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Shape'}
        '404': {$ref: '#/components/responses/Missing'}
    put:
      tags: [shapes]
      operationId: putShape
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Shape'}
      responses:
        '204': {description: It is kept.}
components:
  securitySchemes:
    Token: {type: apiKey, in: header, name: X-Token}
  parameters:
    Trace: {name: X-Trace, in: header, schema: {type: string, maxLength: 10}}
  responses:
    Missing:
      description: There is none.
      content:
        application/problem+json:
          schema: {$ref: '#/components/schemas/Problem'}
  schemas:
    Problem:
      type: object
      properties:
        title: {type: string}
    Shape:
      oneOf:
        - {$ref: '#/components/schemas/Circle'}
        - {$ref: '#/components/schemas/Square'}
      discriminator: {propertyName: kind, mapping: {circle: '#/components/schemas/Circle'}}
    Circle:
      type: object
      required: [kind, radius]
      additionalProperties: false
      properties:
        kind: {type: string}
        radius: {type: number, format: double, minimum: 0, exclusiveMinimum: true}
        note: {type: string, maxLength: 20, nullable: true}
    Square:
      type: object
      required: [kind, side]
      properties:
        kind: {type: string}
        side: {type: integer, format: int32, minimum: 1, maximum: 100}
        tags: {type: array, maxItems: 3, uniqueItems: true, items: {type: string, pattern: '^[a-z]+$'}}
"""


def replaced(text: str, before: str, after: str) -> str:
    """A contract's text with a mistake; fails if it no longer has the part that this is about."""
    assert before in text, f"the contract no longer has {before}"
    return text.replace(before, after, 1)


def changed(before: str, after: str) -> str:
    """The small contract with one text in place of another."""
    return replaced(SMALL, before, after)


def assert_refused(before: str, after: str, sentence: str) -> None:
    """Asserts that the small contract with another text is refused in a line with the place and a sentence."""
    with pytest.raises(ContractError) as refused:
        Contract.parse("shapes.yml", changed(before, after))
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("shapes.yml, line ")
    assert "\n" not in str(refused.value)


def with_operation(method: str = "get", path: str = "/try", **operation: Any) -> dict[str, Any]:
    """A contract of one operation, tryIt with the tag tries; by default it answers 200 with any JSON."""
    any_json = {"200": {"description": "Fine.", "content": {"application/json": {"schema": {}}}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Try", "version": "1.0.0"},
        "paths": {path: {method: {"tags": ["tries"], "operationId": "tryIt", "responses": any_json, **operation}}},
    }


def text_of(contract: dict[str, Any]) -> str:
    """The YAML of a contract."""
    text: str = yaml.safe_dump(contract, sort_keys=False)
    return text
