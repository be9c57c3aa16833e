"""The document for connexion: everything for routing, security and content negotiation, without schemas.

Connexion would copy each schema several times. It also converts path parameters by itself, and answers 404 or 500 if
they are out of range. Validation has its own view of the contract; see web/validation.
"""

from collections.abc import Mapping
from typing import Any

from web.contract.documents import Document
from web.contract.operations import operations, parameters

TEXT = {"type": "string"}
MEDIA_TYPE, STATUS = "x-media-type", "x-status"  # by which validators find the right schema


def routes(document: Document) -> dict[str, Any]:
    """The abridged document."""
    content = document.content
    paths: dict[str, Any] = {}
    for (_, path, method), operation in operations(document):
        paths.setdefault(str(path), {})[str(method)] = _operation(document, str(path), str(method), operation)
    kept = {name: content[name] for name in ("openapi", "info", "servers", "security") if name in content}
    schemes = content.get("components", {}).get("securitySchemes", {})
    followed = {name: document.follow(scheme) for name, scheme in schemes.items()}
    return {**kept, "paths": paths, "components": {"securitySchemes": followed}}


def _operation(document: Document, path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    item = document.follow(document.content["paths"][path])
    result: dict[str, Any] = {
        "operationId": operation["operationId"],
        "parameters": [
            {"name": each["name"], "in": "path", "required": True, "schema": TEXT}
            for _, each in parameters(document, item, method)
            if each["in"] == "path"
        ],
        "responses": {
            status: {
                "description": "",
                "headers": {name: {"required": True, "schema": TEXT} for name in _required_headers(document, response)},
                "content": {each: {"schema": TEXT | {STATUS: status}} for each in response.get("content", {})},
            }
            for status, response in ((key, document.follow(each)) for key, each in operation["responses"].items())
        },
    }
    if "security" in operation:
        result["security"] = operation["security"]
    body = document.follow(operation.get("requestBody"))
    if body:
        content = {each: {"schema": TEXT | {MEDIA_TYPE: each}} for each in body["content"]}
        result["requestBody"] = {"required": body.get("required", False), "content": content}
    return result


def _required_headers(document: Document, response: Mapping[str, Any]) -> list[str]:
    headers = response.get("headers", {})
    return [name for name, header in headers.items() if document.follow(header).get("required")]
