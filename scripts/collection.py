"""Completes a Postman collection: the example photo, this machine's server, a token, options switched off."""

import json
import sys
from pathlib import Path
from typing import Any

BYTES = "application/octet-stream"
VARIABLES = {"baseUrl": "http://127.0.0.1:5000", "apiKey": ""}


def complete_collection(collection: dict[str, Any], photo: str) -> dict[str, Any]:
    """Completes a collection, so that its requests can be sent.

    Args:
        collection: as openapi2postmanv2 makes it.
        photo: path of the photo to send.
    """
    for folder in collection["item"]:
        for item in folder["item"]:
            complete_request(item["request"], photo)
            for answer in item["response"]:
                answer["originalRequest"].pop("body", None)  # the photo again, once per status
    return collection | {"variable": [{"key": key, "value": value} for key, value in VARIABLES.items()]}


def complete_request(request: dict[str, Any], photo: str) -> None:
    """Fills in a request's photo and switches its options off, for which the generator has made up values."""
    options = [option for option in request["url"]["query"] if "(Required)" not in description(option)]
    body = request.get("body", {})
    for field in body.get("formdata", []):
        if field["type"] == "file":
            field["src"] = photo
        else:
            options.append(field)
    for option in options:
        option.update(value="", disabled=True)
    if BYTES in [header["value"] for header in request["header"]]:
        request["body"] = {"mode": "file", "file": {"src": photo}}


def description(option: dict[str, Any]) -> str:
    """The text beside a parameter."""
    return str(option["description"]["content"])


if __name__ == "__main__":
    print(json.dumps(complete_collection(json.loads(Path(sys.argv[1]).read_text("utf-8")), sys.argv[2]), indent=2))
