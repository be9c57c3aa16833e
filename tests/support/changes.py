"""Changes to the contract, each with the line that scripts/diff has for it."""

from typing import Any

import yaml

from tests.support.tools import ROOT

Edits = dict[str, Any]  # the new value and its place; keys and list indices are separated by spaces

CONTRACT = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))
REMOVED = object()
IMAGE = {"schema": {"$ref": "#/components/schemas/ImageFile"}}
SIZE = {"name": "size", "in": "query", "schema": {"type": "integer", "default": 1}}

# Breaking changes, and the start of each one's line. No two touch the same place, so one run reports all.
BREAKING: dict[str, tuple[Edits, str]] = {
    "operation": ({"paths /models get": REMOVED}, "`GET /models`: Operation"),
    "path": ({"paths /predict/upload": REMOVED}, "`/predict/upload`: Path"),
    "id": ({"paths /predict post operationId": "predictOne"}, "`POST /predict` operationId:"),
    "tag": ({"paths /annotate post tags": ["models"]}, '`POST /annotate` tags: ["detection"] → ["models"]'),
    "status": ({"paths /predict post responses 422": REMOVED}, "`POST /predict` responses 422:"),
    "answer's-type": (
        {"components responses AnnotatedPhoto content": {"image/png": IMAGE}},
        "`AnnotatedPhoto` image/jpeg:",
    ),
    "body's-type": (
        {"paths /predict/image post requestBody content": {"image/jpeg": IMAGE}},
        "`POST /predict/image` requestBody application/octet-stream:",
    ),
    "header": ({"components responses ServiceUnavailable headers": REMOVED}, "`ServiceUnavailable` headers:"),
    "server": ({"servers 0 url": "/api"}, "`servers` 0 url:"),
    "parameter-needed": (
        {"paths /predict/image post parameters 0 required": True},
        "`POST /predict/image` parameters 0 required:",
    ),
    "parameter-moved": (
        {"paths /v1/images:annotate post parameters 0 in": "header"},
        "`POST /v1/images:annotate` parameters 0 in:",
    ),
    "parameter-removed": ({"paths /predict/image post parameters 2": REMOVED}, "`POST /predict/image` parameters 2:"),
    "parameter-new": (
        {"paths /health/ready get parameters": [SIZE | {"required": True}]},
        "`GET /health/ready` parameters: Required `size`",
    ),
    "parameter-in-path": (
        {"paths /models/{model} get parameters 0 name": "name"},
        '`GET /models/{model}` parameters 0 name: "model" → "name"',
    ),
    "property-removed": ({"components schemas Detections properties explain": REMOVED}, "`Detections` explain:"),
    "property-needed": (
        {"components schemas PredictRequest required": ["image", "type"]},
        "`PredictRequest` required:",
    ),
    "property-not-sure": ({"components schemas ImageSize required": ["width"]}, "`ImageSize` required:"),
    "value-refused": ({"components schemas NmsMode enum": ["per_class", None]}, "`NmsMode` enum:"),
    "smaller": ({"components schemas MaxResults maximum": 200}, "`MaxResults` maximum:"),
    "shorter": ({"components schemas Label maxLength": 200}, "`Label` maxLength:"),
    "more-items": (
        {"components schemas BatchRequest properties requests minItems": 2},
        "`BatchRequest` requests minItems:",
    ),
    "other-type": ({"components schemas ScoreThreshold type": "string"}, "`ScoreThreshold` type:"),
    "null-refused": ({"components schemas ModelName nullable": REMOVED}, "`ModelName` nullable:"),
    "null-answered": ({"components schemas Detection properties score nullable": True}, "`Detection` score nullable:"),
    "closed-object": (
        {"components schemas VisionRequest additionalProperties": False},
        "`VisionRequest` additionalProperties:",
    ),
    "pattern": ({"components schemas ImageContent pattern": "^/9j"}, "`ImageContent` pattern:"),
    "format": ({"components schemas Dropped properties nms format": "int64"}, "`Dropped` nms format:"),
    "format-lost": ({"components schemas ImageFile format": REMOVED}, '`ImageFile` format: "binary" → none'),
    "default": ({"components schemas Units default": "pixel"}, '`Units` default: "normalized" → "pixel"'),
    "default-lost": ({"components schemas Explain default": REMOVED}, "`Explain` default: false → none"),
    "default-new": ({"components schemas MinWidth default": 0.03}, "`MinWidth` default: none → 0.03"),
    "type-lost": (
        {
            "components schemas Fault": REMOVED,
            "components schemas Failing": CONTRACT["components"]["schemas"]["Fault"],
            "components schemas Problem properties errors items $ref": "#/components/schemas/Failing",
        },
        "`Fault`: removed",
    ),
    "scheme": ({"components securitySchemes ApiToken name": "X-Token"}, "`ApiToken` name:"),
    "token-needed": (
        {"paths /health/live get security": [{"ApiToken": []}]},
        "`GET /health/live` security: no token is no longer enough: it takes ApiToken",
    ),
    "token-refused": (
        {"paths /v1/images:annotate post security 1": REMOVED},
        "`POST /v1/images:annotate` security: GoogleApiKey is no longer enough: it takes ApiToken",
    ),
}

# Harmless changes, and the start of each one's line.
HARMLESS: dict[str, tuple[Edits, str]] = {
    "operation": ({"paths /new": {"get": CONTRACT["paths"]["/models"]["get"]}}, "`GET /new`: added"),
    "parameter": ({"paths /health/ready get parameters": [SIZE]}, "`GET /health/ready` parameters: size added"),
    "property": ({"components schemas PredictRequest properties size": SIZE["schema"]}, "`PredictRequest` size: added"),
    "answered-property": (
        {"components schemas Detection properties area": {"type": "number"}},
        "`Detection` area: added",
    ),
    "surer-property": (
        {"components schemas Detections required": ["image", "normalizedVertices", "explain"]},
        "`Detections` required:",
    ),
    "status": (
        {"paths /models get responses 503": {"$ref": "#/components/responses/ServiceUnavailable"}},
        "`GET /models` responses 503: added",
    ),
    "larger": ({"components schemas MaxResults maximum": 400}, "`MaxResults` maximum: 300 → 400"),
    "longer": (
        {"components schemas BatchRequest properties requests maxItems": 99},
        "`BatchRequest` requests maxItems:",
    ),
    "value": ({"components schemas NmsMode enum": ["per_class", "agnostic", "soft", None]}, "`NmsMode` enum:"),
    "null": ({"components schemas ImageSource properties imageUri nullable": True}, "`ImageSource` imageUri nullable:"),
    "open-object": (
        {"components schemas UploadRequest additionalProperties": REMOVED},
        "`UploadRequest` additionalProperties: false → none",
    ),
    "description": ({"components schemas Label description": "What to look for."}, "`Label` description: changed"),
    "summary": ({"paths /predict post summary": "Find"}, "`POST /predict` summary:"),
    "example": (
        {"components schemas Detection properties name example": "dog"},
        '`Detection` name example: "safetycone" → "dog"',
    ),
    "token": ({"paths /models/{model} get security": []}, "`GET /models/{model}` security: added"),
    "same-token": ({"paths /predict post security": [{"ApiToken": []}, {}]}, "`POST /predict` security: added"),
    "other-token": (
        {"paths /annotate post security": [{"ApiToken": []}, {"GoogleApiKey": []}, {}]},
        "`POST /annotate` security: added",
    ),
}
