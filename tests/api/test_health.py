"""handlers/health.py, over HTTP."""

import time

import httpx

from app import create_app
from settings import Settings


def test_lives(client: httpx.Client) -> None:
    """A running server says so, to GET and to HEAD."""
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.head("/health/live").status_code == 200


def test_is_not_ready_before_a_model_has_answered() -> None:
    """A server that has not warmed up is a 503 that says when to ask again."""
    cold = create_app(Settings(validate_responses=True)).test_client()
    response = cold.get("/health/ready")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert response.json()["detail"].endswith("Try again in a second.")


def test_gets_ready(client: httpx.Client) -> None:
    """A started server is ready once its models have run."""
    for _ in range(100):
        response = client.get("/health/ready")
        if response.status_code == 200:
            break
        time.sleep(0.1)
    assert response.json() == {"status": "ok"}


def test_probes_need_no_token() -> None:
    """Load balancers hold no tokens."""
    guarded = create_app(Settings(tokens="secret", validate_responses=True)).test_client()
    assert guarded.get("/health/live").status_code == 200
    assert guarded.get("/health/ready").status_code == 503
    assert guarded.get("/models").status_code == 401
