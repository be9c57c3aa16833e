"""Query strings: faults, other spellings, and the longest."""

import httpx
import pytest

from tests.support.problems import JPEG, check_problem

QUERIES = {
    "nan": ("score_th=nan", "#/score_th must be a number"),
    "infinity": ("score_th=1e999", "#/score_th must be a number"),
    "text": ("score_th=Zebra7", "#/score_th must be a number"),
    "too-much": ("score_th=2", "#/score_th must be at most 1"),
    "half-a-result": ("maxResults=1.5", "#/maxResults must be a whole number"),
    "maybe": ("explain=Zebra7", "#/explain must be true or false"),
    "unknown": ("Zebra7=1", "# has unknown fields"),
    "twice": ("score_th=0.1&score_th=0.2", "#/score_th must be sent once"),
    "many": ("&".join(["score_th=0.1"] * 500), "send fewer"),
    "bad-utf-8": ("type=%ff", "percent-encode"),
}


@pytest.mark.parametrize(("query", "detail"), QUERIES.values(), ids=QUERIES)
def test_query(client: httpx.Client, photo: bytes, query: str, detail: str) -> None:
    """A query that breaks the contract is a 400."""
    check_problem(client.post(f"/predict/image?{query}", content=photo, headers=JPEG), 400, detail)


def test_query_of_an_operation_without_parameters(client: httpx.Client) -> None:
    """A parameter of an operation that has none is a 400."""
    check_problem(client.get("/health/live?Zebra7=1"), 400, "# has unknown fields: it may have none")


@pytest.mark.parametrize(
    "query",
    [
        *("score_th=null", "score_th=.5", "maxResults=%2B3", "type=safetycone", "type=", "score_th=&nms=&units="),
        *(f"explain={word}" for word in ("TRUE", "1", "0", "on", "Off", "yes", "no", "")),
    ],
)
def test_query_in_other_spellings(client: httpx.Client, photo: bytes, query: str) -> None:
    """The word null is null, an empty text is absent, and numbers and booleans may be spelt as languages write them."""
    assert client.post(f"/predict/image?{query}", content=photo, headers=JPEG).status_code == 200


def test_longest_query(client: httpx.Client, photo: bytes) -> None:
    """The longest label and model that the contract allows reach the handler, in any script."""
    query = {"type": "\N{CONSTRUCTION SIGN}" * 255, "model": "\N{CONSTRUCTION SIGN}" * 255}
    response = client.post("/predict/image", params=query, content=photo, headers=JPEG)
    check_problem(response, 422, "No model of this name is loaded")
