"""The application as its callers see it, in this process, with every answer checked against the contract."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app import create_app
from settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """A client of the service with the bundled model, open to everybody."""
    with create_app(Settings(validate_responses=True)).test_client(raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def photo() -> bytes:
    """The contract's example photo: a road with four cones, 480 x 320 pixels."""
    return (ROOT / "models" / "example.jpg").read_bytes()


@pytest.fixture(scope="session")
def photo_base64(photo: bytes) -> str:
    """The same photo as base64."""
    return base64.b64encode(photo).decode()
