"""web/contract: a mistake in a contract is one sentence that names the place."""

from typing import Any

import pytest

from tests.support.contracts import SMALL, assert_refused, text_of, with_operation
from web.contract import Contract, ContractError

# Texts to replace in the contract, their replacements, and the sentence about each.
MISTAKES: dict[str, tuple[str, str, str]] = {
    # YAML.
    "yaml": ("tags: [shapes]", "tags: [shapes", "line 15: this is not YAML: did not find expected ',' or ']'"),
    "tab": ("  - url: /", "\t- url: /", "line 4: this is not YAML"),
    "path-twice": (
        "components:\n",
        "  /shapes/{id}: {}\ncomponents:\n",
        "the key /shapes/{id} stands here for the second",
    ),
    "no-mapping": (SMALL, "- openapi\n", "line 1, #: this is not an OpenAPI document"),
    "empty": (SMALL, "", "this is not an OpenAPI document"),
    "yes": (
        "enum: [mm, m]",
        "enum: [yes, no]",
        "#/paths/~1shapes~1{id}/get/parameters/0/schema/default: its own schema",
    ),
    "nearly-false": (
        "additionalProperties: false",
        "additionalProperties: falsee",
        "this has to be a mapping or true or false.",
    ),
    "number-for-text": ("enum: [mm, m]", "enum: [mm, 1]", "it must be text. Put it into quotes."),
    "version-number": ("version: 1.0.0", "version: 1.0", "#/info/version: this has to be text. Put it into quotes."),
    # Names of OpenAPI.
    "openapi-3.1": ("openapi: 3.0.3", "openapi: 3.1.0", "line 1, #/openapi: this has to be a version from 3.0.0 on"),
    "openapi-2": ("openapi: 3.0.3", "swagger: '2.0'", "line 1, #: this lacks `openapi`."),
    "info": ("info:", "inof:", "OpenAPI has no `inof` here. Did you mean `info`?"),
    "title": ("title: Shapes, ", "", "#/info: this lacks `title`."),
    "tag": ("  - {name: shapes", "  - shapes\n  - {name: shapes", "#/tags/0: this has to be a mapping"),
    "paths": ("paths:\n", "paths: nowhere\nx-paths:\n", "#/paths: this has to be a mapping."),
    "no-responses": ("      responses:", "      x-responses:", "{id}/get: this lacks `responses`."),
    "components": ("components:", "component:", "Did you mean `components`?"),
    "schemas": (
        "  schemas:",
        "  schema:",
        "#/components/schema: OpenAPI has no `schema` here. Did you mean `schemas`?",
    ),
    "path": ("  /shapes/{id}:", "  shapes/{id}:", "each key has to be a path, which starts with /."),
    "method": ("    get:", "    gte:", "OpenAPI has no `gte` here. Did you mean `get`?"),
    "operation-id": ("operationId: getShape", "operationID: getShape", "Did you mean `operationId`?"),
    "request-body": ("requestBody:", "requestbody:", "Did you mean `requestBody`?"),
    "responses": ("      responses:", "      response:", "Did you mean `responses`?"),
    "status": ("'404':", "'4004':", "each key has to be a status, such as 200, or default."),
    "content": ("          content:", "          contents:", "Did you mean `content`?"),
    "description": (
        "          description: A shape.\n",
        "",
        "#/paths/~1shapes~1{id}/get/responses/200: this lacks `descr",
    ),
    "in": ("in: query", "in: qeury", "`in` has to be one of path, query, header, cookie. Did you mean `query`?"),
    "required": ("required: true, schema", "requierd: true, schema", "Did you mean `required`?"),
    "path-required": ("in: path, required: true, schema", "in: path, schema", "parameters/0: this lacks `required`."),
    "path-optional": ("required: true, schema", "required: false, schema", "`required` has to be one of true."),
    "type": ("type: integer, minimum", "type: integr, minimum", "Did you mean `integer`?"),
    "keyword": ("maxLength: 20", "maxLenght: 20", "OpenAPI has no `maxLenght` here. Did you mean `maxLength`?"),
    "new-keyword": ("nullable: true", "const: a", "OpenAPI has no `const` here."),
    "type-list": ("type: string, maxLength: 20", "type: [string], maxLength: 20", "this has to be text."),
    "nullable-text": ("nullable: true", "nullable: 'true'", "this has to be true or false."),
    "bound-text": ("minimum: 0,", "minimum: zero,", "this has to be a number."),
    "enum-text": ("enum: [mm, m]", "enum: mm", "this has to be a list."),
    "no-required": ("required: [kind, side]", "required: []", "this needs at least 1 entry."),
    "required-text": ("required: [kind, side]", "required: kind", "this has to be a list."),
    "required-boolean": ("kind: {type: string}", "kind: {type: string, required: true}", "this has to be a list."),
    "scheme-type": ("type: apiKey", "type: apikey", "`type` has to be one of apiKey, http, oauth2, openIdConnect."),
    "scheme-place": (
        "in: header, name: X-Token",
        "in: body, name: X-Token",
        "`in` has to be one of header, query, cookie.",
    ),
    "scheme-name": (", name: X-Token", "", "#/components/securitySchemes/Token: this lacks `name`."),
    "style": ("in: query, schema", "in: query, style: label, schema", "`style` has to be one of form,"),
    "schema-and-content": (
        "in: query, schema",
        "in: query, content: {text/plain: {}}, schema",
        "needs either `schema` or `content`",
    ),
    "component-name": (
        "    Problem:\n",
        "    Round Circle: {}\n    Problem:\n",
        "a component's name may have letters, digits, dots",
    ),
    "extra": ("'204': {description", "'204': {describtion", "Did you mean `description`?"),
    "additional": ("additionalProperties: false", "additionalProperties: 'no'", "a mapping or true or false."),
    # References.
    "reference": (
        "schemas/Shape'}\n        '404'",
        "schemas/Shap'}\n        '404'",
        "nothing at #/components/schemas/Shap. Did",
    ),
    "reference-section": (
        "'#/components/responses/M",
        "'#/component/responses/M",
        "nothing at #/component/responses/Missi",
    ),
    "reference-kind": (
        "'#/components/responses/Missing'",
        "'#/components/schemas/Shape'",
        "in #/components/responses, and not to",
    ),
    "reference-siblings": (
        "{$ref: '#/components/parameters/Trace'}",
        "{$ref: '#/components/parameters/Trace', in: query}",
        "`in`",
    ),
    "reference-cycle": (
        "Missing:\n",
        "Missing: {$ref: '#/components/responses/Missing'}\n    Other:\n",
        "refers to itself.",
    ),
    "reference-name": ("'#/components/responses/Missing'", "Missing", "there is nothing at Missing: write #/comp"),
    # Paths, operations, parameters.
    "security": ("- Token: []", "- Tokn: []", "line 6, #/security/0/Tokn: there is no security scheme Tokn in #/comp"),
    "scopes": ("- Token: []", "- Token: [read]", "only OAuth and OpenID Connect have scopes"),
    "no-parameter": ("name: id, in: path", "name: ident, in: path", "this lacks the path parameter `id`"),
    "parameter-name": ("{id}:", "{shape-id}:", "a path parameter's name has letters, digits and underscores"),
    "braces": ("/{id}:", "/{id:", "a parameter for each pair of braces."),
    "template-twice": ("/shapes/{id}:", "/shapes/{id}/{id}:", "the path has the parameter id twice."),
    "same-path": ("components:\n", "  /shapes/{name}: {}\ncomponents:\n", "this is the same path as /shapes/{id}"),
    "parameter-twice": (
        "- {$ref: '#/components/parameters/Trace'}",
        "- {name: unit, in: query, schema: {}}",
        "is here twice",
    ),
    "no-id": ("      operationId: getShape\n", "", "GET /shapes/{id} has no operationId: name the function"),
    "id-twice": (
        "operationId: putShape",
        "operationId: getShape",
        "the operationId getShape is that of #/paths/~1shapes",
    ),
    "id-with-spaces": ("operationId: putShape", "operationId: put shape", "an operationId names a function"),
    "no-tag": ("      tags: [shapes]\n", "", "GET /shapes/{id} has no tag: name the module of handlers/"),
    "no-success": ("'200':", "'400':", "this lacks a response for success: describe 200."),
    "body-of-nothing": (
        "'204': {",
        "'204': {content: {text/plain: {}}, ",
        "a response with the status 204 has no body",
    ),
    "two-types": (
        "    application/json:\n              s",
        "    text/plain: {}\n            application/json:\n              s",
        "one media type",
    ),
    "media-type": (
        "          application/json:\n            schema",
        "          text/json:\n            schema",
        "cannot check a body of text/json",
    ),
    "body-of-get": (
        "      operationId: getShape\n",
        "      operationId: getShape\n      requestBody: {content: {}}\n",
        "ignores a body of GET",
    ),
    "content-type-header": (
        "name: X-Trace",
        "name: Content-Type",
        "OpenAPI ignores a header parameter that is called Content-Type",
    ),
    "callbacks": (
        "      operationId: getShape\n",
        "      operationId: getShape\n      callbacks: {}\n",
        "calls nobody back",
    ),
    "operation-server": (
        "      operationId: getShape\n",
        "      operationId: getShape\n      servers: []\n",
        "at one place",
    ),
    "empty-value": (
        "in: query, schema",
        "in: query, allowEmptyValue: true, schema",
        "an empty text means that a parameter is ab",
    ),
    # Schemas.
    "format": ("format: int32", "format: int23", "there is no format int23: this service knows int32"),
    "format-of-text": (
        "type: integer, format: int32",
        "type: string, format: int32",
        "has no effect on `type: string`",
    ),
    "useless-keyword": (
        "type: integer, format: int32",
        "type: integer, maxLength: 3",
        "`maxLength` has no effect on `type: integer`",
    ),
    "bounds": (
        "minimum: 1, maximum: 100",
        "minimum: 100, maximum: 1",
        "no value can have a `minimum` of 100 and a `maximum` of 1",
    ),
    "exclusive": (
        "minimum: 0, exclusiveMinimum",
        "exclusiveMinimum",
        "`exclusiveMinimum` has no effect without a `minimum`.",
    ),
    "items": (
        "uniqueItems: true, items: {type: string, pattern: '^[a-z]+$'}",
        "uniqueItems: true",
        "a list needs `items`",
    ),
    "pattern": ("'^[a-z]+$'", "'^[a-z+$'", "this is not a regular expression"),
    "pattern-says": (
        "'^[a-z]+$'",
        "'^[a-z]+$', x-pattern-says: lower-case letters",
        "`x-pattern-says` has to be beside a `pattern`, and to begin with `must`.",
    ),
    "default": ("default: mm", "default: km", "its own schema forbids this value: it must be one of mm, m."),
    "nullable-enum": ("enum: [mm, m]", "nullable: true, enum: [mm, m]", "add null to the `enum`, or remove `nullable`"),
    "null-in-enum": ("enum: [mm, m]", "enum: [mm, m, null]", "write `nullable: true`, or remove it."),
    "nullable-nothing": ("kind: {type: string}", "kind: {nullable: true}", "`nullable` has no effect without a `type`"),
    "required-unknown": (
        "required: [kind, radius]",
        "required: [kind, raduis]",
        "raduis is required, but is not among the",
    ),
    "read-and-write": (
        "kind: {type: string}",
        "kind: {type: string, readOnly: true, writeOnly: true}",
        "nobody can send",
    ),
    "discriminator-property": (
        "propertyName: kind",
        "propertyName: type",
        "Circle has no property type, which is to tell it",
    ),
    "discriminator-target": (
        "mapping: {circle: '#/components/schemas/Circle'}",
        "mapping: {c: Problem}",
        "Problem is none of the",
    ),
    "discriminator-alone": (
        "      oneOf:\n        - {$ref: '#/components/schemas/Circle'}\n        - {$ref: '#/components/",
        "      x-one: {}\n      x-of:\n        - {}\n        - {x: '#/",
        "write it beside",
    ),
    "closed-all-of": (
        "    Problem:\n",
        "    Both: {allOf: [{$ref: '#/components/schemas/Circle'}, {properties: {side: {}}}]}\n    Problem:\n",
        "forbids here what another part of the schema describes: side",
    ),
    "endless": (
        "    Problem:\n",
        "    Endless: {allOf: [{$ref: '#/components/schemas/Endless'}]}\n    Problem:\n",
        "consists of itself",
    ),
}

PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "delimited-text": ({"style": "pipeDelimited", "schema": {"type": "string"}}, "pipeDelimited is for lists"),
    "deep-text": ({"style": "deepObject", "schema": {"type": "string"}}, "deepObject is for objects"),
    "list-in-cookie": ({"in": "cookie", "schema": {"type": "array", "items": {}}}, "needs `explode: false`"),
    "lists-in-list": (
        {"schema": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}},
        "no way to write lists or objects inside others as text",
    ),
    "deep-deep-object": (
        {"style": "deepObject", "schema": {"type": "object", "properties": {"a": {"type": "object"}}}},
        "no way to write lists or objects inside others",
    ),
    "yaml-content": ({"content": {"application/yaml": {"schema": {}}}}, "has to be application/json, and nothing else"),
}


def test_small_contract_is_valid() -> None:
    """The small contract without mistakes is read."""
    assert [operation.id for operation in Contract.parse("shapes.yml", SMALL).operations] == ["getShape", "putShape"]


@pytest.mark.parametrize(("before", "after", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_names_each_fault(before: str, after: str, sentence: str) -> None:
    """Each mistake is reported in one line that starts with the file and the line."""
    assert_refused(before, after, sentence)


@pytest.mark.parametrize(("parameter", "sentence"), PARAMETERS.values(), ids=PARAMETERS)
def test_parameters_that_cannot_be_read(parameter: dict[str, Any], sentence: str) -> None:
    """Styles of parameters that OpenAPI leaves undefined are refused."""
    contract = with_operation(parameters=[{"name": "a", "in": "query", **parameter}])
    with pytest.raises(ContractError, match=sentence):
        Contract.parse("try.yml", text_of(contract))
