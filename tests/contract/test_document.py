"""openapi.yml as reviewers and generators read it."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import validate

from web.jsonschema.draft4 import Translator

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    operation["operationId"]: operation for path in DOCUMENT["paths"].values() for method, operation in path.items()
}


def resolved(node: Any) -> Any:
    """A part of the document with every reference resolved."""
    if isinstance(node, list):
        return [resolved(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target: Any = DOCUMENT
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return resolved(target)
    kept = {"example", "default"}  # but a response may also be the default, which is a reference
    return {key: value if key in kept and "$ref" not in str(value) else resolved(value) for key, value in node.items()}


def faults(schema: dict[str, Any], document: Any) -> list[str]:
    """The faults of a document, by its schema."""
    validator = jsonschema_rs.Draft4Validator(Translator(lambda value: value)(resolved(schema)))
    return [error.message[:200] for error in validator.iter_errors(document)]


def schemas_with_places() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every component schema, and every property that is described in place."""
    for name, schema in SCHEMAS.items():
        yield name, schema
        for key, value in schema.get("properties", {}).items():
            if "$ref" not in value:
                yield f"{name}.{key}", value


PLACES = dict(schemas_with_places())


def test_is_valid() -> None:
    """The document is OpenAPI 3.0.3 by the specification's own schema."""
    validate(DOCUMENT)
    assert DOCUMENT["openapi"] == "3.0.3"


@pytest.mark.parametrize("place", PLACES)
def test_describes_every_schema(place: str) -> None:
    """Every schema has a title and a description in whole sentences."""
    schema = PLACES[place]
    assert schema["title"]
    assert schema["description"].rstrip().endswith(".")


@pytest.mark.parametrize("place", PLACES)
def test_bounds_every_schema(place: str) -> None:
    """Texts, numbers and lists have bounds; objects list their required properties, even if there are none."""
    schema = PLACES[place]
    if place == "VisionFeature.type":
        assert "type" not in schema  # Google's clients send a text or a number; SDK generators make a mess of oneOf
        return
    if "anyOf" in schema:
        assert all("$ref" in alternative for alternative in schema["anyOf"])  # which are bounded themselves
        return
    bounds = {"string": {"maxLength", "enum", "format"}, "integer": {"minimum"}, "number": {"minimum"}}
    bounds |= {"array": {"maxItems"}, "object": {"properties", "additionalProperties"}, "boolean": {"type"}}
    assert bounds[schema["type"]] & schema.keys()


# Swagger UI sends the example of a form's field or a parameter. Without one, it shows the default.
OPTIONAL = {
    schema["$ref"].removeprefix("#/components/schemas/")
    for options in (SCHEMAS["UploadRequest"]["properties"], SCHEMAS["Feature"]["properties"])
    for name, schema in options.items()
    if name not in SCHEMAS["UploadRequest"]["required"]
}


@pytest.mark.parametrize("name", sorted(SCHEMAS.keys() - OPTIONAL))
def test_gives_examples_that_are_valid(name: str) -> None:
    """Every component schema has a valid example, except the options of forms and queries."""
    assert faults(SCHEMAS[name], SCHEMAS[name]["example"]) == []


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_prefills_nothing_that_is_optional(operation_id: str) -> None:
    """Neither an optional parameter nor an optional field of a form has an example."""
    operation = resolved(OPERATIONS[operation_id])
    optional = [each for each in operation.get("parameters", []) if not each.get("required")]
    form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data", {}).get("schema", {})
    optional += [value for name, value in form.get("properties", {}).items() if name not in form["required"]]
    assert not [each for each in optional if "example" in each or "example" in each.get("schema", {})]


def test_sends_nothing_that_depends_on_the_model() -> None:
    """Examples of requests name neither a label nor a model."""
    requests = [name for name in SCHEMAS if name.endswith(("Request", "Feature"))]
    examples = [SCHEMAS[name]["example"] for name in requests]
    examples += [example["value"] for example in DOCUMENT["components"]["examples"].values()]
    assert len(examples) > 10
    assert "safetycone" not in str(examples)


def test_numbers_have_formats() -> None:
    """Every number is a double or a 32-bit integer for generators."""
    formats = {"number": "double", "integer": "int32"}
    numbers = [schema for schema in PLACES.values() if schema.get("type") in formats]
    assert numbers
    assert all(schema["format"] == formats[schema["type"]] for schema in numbers)


def test_enums_that_may_be_null_hold_null() -> None:
    """OpenAPI 3.0.3 allows null only if both `nullable` and the enum do."""
    enums = [schema for schema in PLACES.values() if "enum" in schema]
    assert enums
    assert all((None in schema["enum"]) == schema.get("nullable", False) for schema in enums)


def answered(node: Any, seen: dict[str, Any]) -> None:
    """Adds the named schemas that a part of the document refers to, and theirs."""
    if isinstance(node, list):
        for item in node:
            answered(item, seen)
    elif isinstance(node, dict):
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if name in SCHEMAS and name not in seen:
            seen[name] = SCHEMAS[name]
            answered(SCHEMAS[name], seen)
        for value in node.values():
            answered(value, seen)


def test_answers_are_open() -> None:
    """No response is limited to the values or the members that are known today."""
    seen: dict[str, Any] = {}
    answered(DOCUMENT["components"]["responses"], seen)
    answered([operation["responses"] for operation in OPERATIONS.values()], seen)
    assert {"Detections", "Model", "Runtime", "Problem"} < seen.keys()
    for schema in seen.values():
        assert schema.get("additionalProperties", True) is True
        assert not [value for value in (schema, *schema.get("properties", {}).values()) if "enum" in value]


def test_tokens_may_be_left_out() -> None:
    """Every operation that takes a token says that a server without tokens needs none."""
    for operation in OPERATIONS.values():
        schemes = operation.get("security", DOCUMENT["security"])
        assert {} in schemes or not schemes


@pytest.mark.parametrize("name", [name for name, schema in SCHEMAS.items() if "default" in schema])
def test_gives_defaults_that_are_valid(name: str) -> None:
    """Every default is valid by its schema."""
    assert faults(SCHEMAS[name], SCHEMAS[name]["default"]) == []


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_describes_every_operation(operation_id: str) -> None:
    """Every operation has one tag, a summary, a description, and one media type each way."""
    operation = OPERATIONS[operation_id]
    assert len(operation["tags"]) == 1
    assert operation["summary"]
    assert operation["description"].rstrip()[-1] in ".…`"
    assert len(operation.get("requestBody", {}).get("content", {"one": {}})) == 1
    for status, response in resolved(operation["responses"]).items():
        [media_type] = response["content"]
        assert media_type in (
            ("application/json", "image/jpeg", "text/plain") if status == "200" else ("application/problem+json",)
        )


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_gives_an_example_of_every_answer(operation_id: str) -> None:
    """Every response has an example that is valid by its schema."""
    for status, response in resolved(OPERATIONS[operation_id]["responses"]).items():
        for media in response["content"].values():
            example = media.get("example", media["schema"].get("example"))
            assert example is not None
            assert faults(media["schema"], example) == []
            assert status in {"200", "default"} or example["status"] == int(status)


def test_holds_the_bundled_example_photo() -> None:
    """The photo in the contract is the one beside the bundled model, and small enough to read past."""
    photo = base64.b64decode(SCHEMAS["ImageContent"]["example"])
    assert photo == (ROOT / "models" / "example.jpg").read_bytes()
    assert len(photo) <= 8_192


def test_spells_the_options_once() -> None:
    """A feature, a flat request, a form and a query have the same options; a query has no zones."""
    feature = SCHEMAS["Feature"]["properties"]
    query = {parameter["name"]: parameter["schema"] for parameter in resolved(OPERATIONS["predictImage"]["parameters"])}
    flat, form = (dict(SCHEMAS[name]["properties"]) for name in ("PredictRequest", "UploadRequest"))
    del flat["image"], flat["imageUri"], form["file"]
    assert feature == flat
    assert resolved({name: value for name, value in form.items() if name not in {"zones", "only_zones"}}) == query
    as_texts = {"thresholds"}
    assert form.keys() == feature.keys()
    assert {name for name in feature if form[name] != feature[name]} == as_texts


def test_the_version_stands_in_one_place() -> None:
    """None of our files repeats the contract's version, so none can contradict it."""
    version = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))["info"]["version"]
    files = [ROOT / "pyproject.toml", ROOT / "Dockerfile", ROOT / "README.md"]
    for folder in ("web", "handlers", "detector", "scripts/sdks"):
        files += [file for file in (ROOT / folder).rglob("*") if file.suffix in (".py", ".yaml")]
    assert [file.name for file in files if version in file.read_text("utf-8")] == []


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_examples_of_refusals_fit_the_operation(operation: dict[str, Any]) -> None:
    """The example of a 415 names the operation's media type; that of a 400 names no field if it has none."""
    body = operation.get("requestBody", {}).get("content", {})

    def detail(status: str) -> str:
        reference = operation["responses"][status]["$ref"].rpartition("/")[2]
        [content] = DOCUMENT["components"]["responses"][reference]["content"].values()
        return str(content["example"]["detail"])

    if body:
        assert next(iter(body)) in detail("415")
    else:
        assert "415" not in operation["responses"]
        assert "#/" not in detail("400")
