"""Hooks that give schemathesis real photos and forms: random bytes would only ever be refused."""

import base64
import io
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st
from PIL import Image
from schemathesis import Case, DeserializationContext, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure

PHOTO = (Path(__file__).parents[2] / "models" / "example.jpg").read_bytes()
TOKEN = "secret"
LABEL = "safetycone"
BOOLEANS = {0, 1, "0", "1", "on", "off", "yes", "no"}

schemathesis.openapi.format("byte", st.just(base64.b64encode(PHOTO).decode()))
schemathesis.openapi.format("binary", st.just(PHOTO))
schemathesis.openapi.media_type("application/octet-stream", st.just(PHOTO))


@schemathesis.hook
def before_load_schema(_: HookContext, contract: dict[str, Any]) -> None:
    """Adds photos, which examples cannot hold; DeepStack's form gets the one valid token.

    Of `image` and `imageUri` one must be there, which OpenAPI can say only in ways that SDK generators do not follow.
    Lists of labels have the bundled model's, and none to leave out: others are only ever refused. In a batch they stay
    what they are, since its answer to them is a 200.
    """
    schemas = contract["components"]["schemas"]
    for name in ("ImageFile", "UploadRequest", "DeepStackRequest"):
        del schemas[name]["example"]
    schemas["PredictRequest"]["required"] = ["image"]
    del schemas["PredictRequest"]["properties"]["imageUri"]
    schemas["DeepStackRequest"]["properties"]["api_key"] = {"type": "string", "enum": [TOKEN]}
    schemas["DeepStackRequest"]["required"].append("api_key")
    score = schemas["Thresholds"]["additionalProperties"]
    texts = schemas["ThresholdTexts"]["items"]
    known = {
        "types": schemas["Labels"] | {"items": {"type": "string", "enum": [LABEL]}},
        "except": schemas["ExceptLabels"] | {"maxItems": 0},
        "thresholds": schemas["Thresholds"] | {"properties": {LABEL: score}, "additionalProperties": False},
    }
    schemas["PredictRequest"]["properties"] |= known
    pattern = texts["pattern"].replace("^.+:", f"^{LABEL}:")
    known["thresholds"] = schemas["ThresholdTexts"] | {"items": texts | {"pattern": pattern}}
    schemas["UploadRequest"]["properties"] |= known
    for parameter in contract["paths"]["/predict/image"]["post"]["parameters"]:
        parameter["schema"] = known.get(parameter["name"], parameter["schema"])


@schemathesis.hook
def filter_failure(_: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """False for failures that are not findings.

    In queries and forms, an empty text is absent, null is null, and 1 is true. Gunicorn refuses long addresses itself.
    """
    texts = case.body if case.media_type == "multipart/form-data" else case.query
    values: Iterable[tuple[str, object]] = texts.items() if isinstance(texts, dict) else []
    taken = any(value in (None, "", "null") or (name == "explain" and value in BOOLEANS) for name, value in values)
    is_known = isinstance(failure, AcceptedNegativeData) and taken
    return not is_known and response.status_code != HTTPStatus.REQUEST_URI_TOO_LONG


@schemathesis.deserializer("image/jpeg")
def size(_: DeserializationContext, response: Response) -> str:
    """The size of a photo, which is a text to the contract; anything else raises."""
    with Image.open(io.BytesIO(response.content)) as image:
        image.load()
    return ""
