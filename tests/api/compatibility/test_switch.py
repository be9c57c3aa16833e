"""The setting DETECTOR_COMPATIBILITY."""

import httpx
import pytest

VISION = "/v1/images:annotate"
DEEPSTACK = "/v1/vision/detection"


@pytest.mark.parametrize("path", [VISION, DEEPSTACK])
def test_is_off(client: httpx.Client, path: str) -> None:
    """Unless switched on, an operation is neither served nor in the contract that is served."""
    absent, nowhere = (client.post(where, json={}).json() for where in (path, "/nowhere"))
    for problem in (absent, nowhere):
        del problem["instance"], problem["requestId"]
    assert absent == nowhere
    assert absent["status"] == 404
    assert path not in client.get("/openapi.yml").text


@pytest.mark.parametrize("path", [VISION, DEEPSTACK])
def test_is_on(others: httpx.Client, path: str) -> None:
    """Once switched on, it is in both."""
    assert others.post(path).status_code == 400
    assert path in others.get("/openapi.yml").text
