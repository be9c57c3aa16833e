"""web/fetching/places.py."""

from typing import Any

from tests.support.server import ROOT
from web.contract import Contract
from web.fetching.places import addresses, places


def test_finds_every_place_of_the_contract() -> None:
    """These operations take photos by address."""
    assert places(Contract.read(ROOT / "openapi.yml").document) == {
        "predict": [("imageUri",)],
        "detectBatch": [("requests", None, "image", "source", "imageUri")],
        "annotateLikeGoogleVision": [("requests", None, "image", "source", name) for name in ("imageUri", "image_uri")],
    }


def test_follows_references_that_contain_themselves() -> None:
    """A schema that contains itself ends the search there."""
    node = {"properties": {"photo": {"x-fetch": True}, "child": {"$ref": "#/components/schemas/Node"}}}
    operation = {
        "operationId": "grow",
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}},
    }
    document: dict[str, Any] = {
        "paths": {"/": {"summary": "a path", "post": operation, "get": {"operationId": "see"}}},
        "components": {"schemas": {"Node": node}},
    }
    assert places(document) == {"grow": [("photo",)]}


def test_reads_the_addresses_at_a_place() -> None:
    """An absent member has no address; items keep their order."""
    body = {"requests": [{"image": {"uri": "a"}}, {"image": {}}, {}, {"image": {"uri": "b"}}]}
    assert list(addresses(body, ("requests", None, "image", "uri"))) == ["a", "b"]
    assert list(addresses({}, ("requests", None))) == []
