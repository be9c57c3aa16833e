"""Services with the operations for other services' clients."""

import httpx
import pytest

from app import create_app
from settings import Settings


@pytest.fixture(scope="module")
def others() -> httpx.Client:
    """A client of a service with the operations for other services' clients."""
    return create_app(Settings(compatibility=True, validate_responses=True)).test_client()


@pytest.fixture(scope="module")
def guarded() -> httpx.Client:
    """The same with a token."""
    return create_app(Settings(compatibility=True, tokens="open-sesame", validate_responses=True)).test_client()
