"""Every way to send a photo with options: the same options, as each way writes them."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from httpx import Client, Response

Options = Mapping[str, Any]
Ask = Callable[[Client, bytes, Options], Response]


def texts(options: Options) -> dict[str, Any]:
    """Options as the fields of a form or a query: lists as repeated names, thresholds as texts, objects as JSON."""
    return {name: _texts(value) for name, value in options.items()}


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return [f"{label}:{score}" for label, score in value.items()]
    if isinstance(value, list):
        return [json.dumps(item) if isinstance(item, dict) else item for item in value]
    return str(value).lower() if isinstance(value, bool) else value


def batch(client: Client, photo: bytes, options: Options) -> Response:
    """A batch of one photo with one feature."""
    image = {"content": base64.b64encode(photo).decode()}
    return client.post("/", json={"requests": [{"image": image, "features": [options]}]})


def flat(client: Client, photo: bytes, options: Options) -> Response:
    """JSON with the photo as base64 and the options beside it."""
    return client.post("/predict", json={"image": base64.b64encode(photo).decode(), **options})


def form(client: Client, photo: bytes, options: Options) -> Response:
    """A form."""
    return client.post("/predict/upload", files={"file": photo}, data=texts(options))


def raw(client: Client, photo: bytes, options: Options) -> Response:
    """The photo's bytes, with the options in the query."""
    return client.post("/predict/image", params=texts(options), content=photo)


def find(client: Client, photo: bytes, **options: Any) -> dict[str, Any]:
    """The response of POST /predict/image, which must be a 200."""
    response = raw(client, photo, options)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


WAYS: dict[str, Ask] = {"batch": batch, "flat": flat, "form": form, "raw": raw}


def answer(response: Response) -> dict[str, Any]:
    """The detections, or the problem, in a response for its photo."""
    document: dict[str, Any] = response.json()
    if "responses" in document:
        [only] = document["responses"]
        found: dict[str, Any] = only.get("error", only)
        return found
    return document
