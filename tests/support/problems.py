"""Requests that are refused, and what is promised of each refusal."""

from typing import Any

JSON = {"Content-Type": "application/json"}
JPEG = {"Content-Type": "image/jpeg"}
MARK = "Zebra7"  # is part of what is sent, and must not come back


def check_problem(response: Any, status: int, detail: str) -> None:
    """The response is a complete problem of this status, says this, and repeats nothing of the request."""
    problem = response.json()
    assert response.status_code == problem["status"] == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert detail in problem["detail"]
    assert problem["errorMessages"]
    assert problem["requestId"] == response.headers["X-Request-Id"]
    assert problem["instance"] == f"urn:uuid:{problem['requestId']}"
    assert MARK not in response.text
    assert len(response.content) < 2000
