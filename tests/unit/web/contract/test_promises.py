"""web/contract: promises that the service cannot keep, and schemas that no value fits, are refused with their place."""

import pytest

from tests.support.contracts import assert_refused, changed
from tests.support.made_service import assembled
from web.contract import Contract
from web.mocking.mock import Examples

TOKEN = "{type: apiKey, in: header, name: X-Token}"
UNIT = "{name: unit, in: query, schema: {type: string, enum: [mm, m], default: mm}}"
KIND = "kind: {type: string}\n        radius"
SIDE = "kind: {type: string}\n        side"
PATHS = "paths:\n"
NOTHING = "responses: {'204': {description: x}}"

# Texts to replace in the contract, their replacements, and the place and the sentence about each.
PROMISES: dict[str, tuple[str, str, str]] = {
    # Security.
    "basic": (TOKEN, "{type: http, scheme: basic}", "Schemes/Token/scheme: nothing here would check `scheme: basic`."),
    "digest": (TOKEN, "{type: http, scheme: digest}", "nothing here would check `scheme: digest`."),
    "openid": (
        TOKEN,
        "{type: openIdConnect, openIdConnectUrl: 'https://x.example'}",
        "#/components/securitySchemes/Token/type: nothing here would check `type: openIdConnect`.",
    ),
    "oauth": (
        TOKEN,
        "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://x.example', scopes: {}}}}",
        "nothing here would check `type: oauth2`.",
    ),
    "scheme-header": (TOKEN, "{type: apiKey, in: header, name: X Token}", "no header can have this name"),
    "scheme-taken": (TOKEN, "{type: apiKey, in: header, name: Content-Type}", "the header Content-Type has another"),
    # Addresses and names.
    "page": (PATHS, f"{PATHS}  /docs/: {{get: {{tags: [a], operationId: b, {NOTHING}}}}}\n", "a page of this service"),
    "root": (PATHS, f"{PATHS}  /: {{get: {{tags: [a], operationId: b, {NOTHING}}}}}\n", "a page of this service"),
    "same-function": ("operationId: putShape", "operationId: get_shape", "both name the function get_shape: rename"),
    "keyword": ("operationId: putShape", "operationId: import", "no function can be called import"),
    "same-argument": (
        UNIT,
        f"{UNIT}\n        - {{name: x_trace, in: query, schema: {{}}}}",
        "handlers get this as `x_tr",
    ),
    "server-variable": (
        "- url: /",
        "- url: '/{base}'",
        "servers/0/url: the variable base is not among the `variables`.",
    ),
    "server-default": (
        "- url: /",
        "- {url: '/{base}', variables: {base: {default: c, enum: [a, b]}}}",
        "variables/base/default: the default is not in the variable's `enum`.",
    ),
    # Parameters and bodies.
    "header-name": ("name: X-Trace", "name: X Trace", "no header can have this name"),
    "required-default": (
        UNIT,
        UNIT.replace("query,", "query, required: true,"),
        "has no effect on a parameter that is",
    ),
    "null-path": (
        "{type: integer, minimum: 1}}",
        "{type: integer, nullable: true}}",
        "null cannot be written in a path",
    ),
    "bytes-query": (UNIT, UNIT.replace(", enum: [mm, m], default: mm", ", format: binary"), "cannot hold bytes"),
    "exploded": (
        UNIT,
        "{name: unit, in: query, style: pipeDelimited, explode: true, schema: {type: array, items: {}}}",
        "pipeDelimited joins values into one: remove `explode`",
    ),
    "reserved": (
        "in: path, required: true,",
        "in: path, required: true, allowReserved: true,",
        "has no effect in a path",
    ),
    "bytes-json": (
        KIND,
        KIND.replace("string}", "string, format: binary}"),
        "JSON holds no bytes: take `format: byte`",
    ),
    "no-media-type": (
        "content:\n          application/json:\n            schema: {$ref: '#/components/schemas/Shape'}\n",
        "content: {}\n",
        "requestBody/content: this names no media type",
    ),
    "misspelt-media-type": (
        "content:\n            application/json:",
        "content:\n            aplication/json:",
        "aplication/json is sent as it is: give the schema `type: string`, or take application/json. Did you mean",
    ),
    # Schemas that no value fits.
    "no-number": (
        "minimum: 1, maximum: 100",
        "minimum: 1, maximum: 1, exclusiveMinimum: true",
        "there is no number betw",
    ),
    "no-integer": (
        "minimum: 1, maximum: 100",
        "minimum: 1.2, maximum: 1.8",
        "there is no number between this `minimum`",
    ),
    "no-multiple": ("minimum: 1, maximum: 100", "minimum: 1, maximum: 4, multipleOf: 5", "there is no multiple of 5"),
    "enum-twice": ("enum: [mm, m]", "enum: [mm, m, mm]", "schema/enum/2: this value is here for the second time."),
    "types": (
        "Square:\n      type: object",
        "Square:\n      allOf: [{type: string}]\n      type: object",
        "types object and",
    ),
    "one-of-twice": ("schemas/Square'}", "schemas/Circle'}", "oneOf/1: this alternative is here twice"),
    "few-properties": (
        "Circle:\n      type",
        "Circle:\n      minProperties: 4\n      type",
        "there are fewer `properties`",
    ),
    # Discriminators.
    "optional-tag": (
        "required: [kind, side]",
        "required: [side]",
        "kind tells Square apart: it has to be among its `requ",
    ),
    "number-tag": (SIDE, SIDE.replace("string", "integer"), "kind of Square has to be text"),
    "other-tag": (SIDE, SIDE.replace("string", "string, enum: [sqare]"), "the `enum` of kind in Square lacks Square"),
    # Examples.
    "schema-example": (
        "title: {type: string}",
        "title: {type: string, example: 3}",
        "title/example: this example is not",
    ),
    "parameter-example": (
        UNIT,
        UNIT.replace("query,", "query, example: km,"),
        "parameters/0/example: this example is not",
    ),
    "body-example": (
        "schema: {$ref: '#/components/schemas/Shape'}\n      responses:",
        "schema: {$ref: '#/components/schemas/Shape'}\n            example: {kind: Square}\n      responses:",
        "content/application~1json/example: this example is not what its schema says: side in it is required.",
    ),
    "named-example": (
        "schema: {$ref: '#/components/schemas/Shape'}\n      responses:",
        "schema: {$ref: '#/components/schemas/Shape'}\n            examples: {a: {value: {}}}\n      responses:",
        "content/application~1json/examples/a: this example is not what its schema says: kind in it is required.",
    ),
    "header-example": (
        "description: A shape.\n",
        "description: A shape.\n          headers: {X-A: {schema: {type: integer}, example: soon}}\n",
        "responses/200/headers/X-A/example: this example is not what its schema says: it must be a whole number.",
    ),
}

# Promises that may look like mistakes, and are enforced.
KEPT: dict[str, tuple[str, str]] = {
    "bearer": (TOKEN, "{type: http, scheme: Bearer}"),
    "query": (TOKEN, "{type: apiKey, in: query, name: token}"),
    "cookie": (TOKEN, "{type: apiKey, in: cookie, name: token}"),
    "optional": ("- Token: []", "- Token: []\n  - {}"),
    "one-number": ("minimum: 1, maximum: 100", "minimum: 5, maximum: 9, multipleOf: 5"),
    "named-query": ("name: unit", "name: query"),
    "read-only": (KIND, KIND.replace("string}", "string, readOnly: true}")),
    "post-root": (PATHS, f"{PATHS}  /: {{post: {{tags: [a], operationId: b, {NOTHING}}}}}\n"),
}


@pytest.mark.parametrize(("before", "after", "sentence"), PROMISES.values(), ids=PROMISES)
def test_refused(before: str, after: str, sentence: str) -> None:
    """An impossible promise is reported in one line that starts with the file and the line."""
    assert_refused(before, after, sentence)


@pytest.mark.parametrize(("before", "after"), KEPT.values(), ids=KEPT)
def test_kept(before: str, after: str) -> None:
    """An enforced promise is served, and mocked."""
    contract = Contract.parse("shapes.yml", changed(before, after))
    assembled(contract, Examples(contract))
