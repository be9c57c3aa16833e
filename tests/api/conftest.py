"""The service as its callers see it: in this process, and behind a real gunicorn; every response is checked."""

from collections.abc import Iterator

import httpx
import pytest

from app import create_app
from settings import Settings
from tests.support.server import PATIENCE, Server


@pytest.fixture(scope="session")
def gunicorn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real service with the bundled model, without tokens."""
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    server = Server(log, DETECTOR_VALIDATE_RESPONSES="1").wait_until_ready()
    yield server
    server.stop()


@pytest.fixture(scope="session", params=["in-process", "gunicorn"])
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A client of the service with the bundled model, without tokens.

    What a server makes of a request is part of the promise, so each test is done twice.
    """
    if request.param == "gunicorn":
        url = request.getfixturevalue("gunicorn").url
        with httpx.Client(base_url=url, timeout=PATIENCE) as client:
            yield client
    else:
        with create_app(Settings(validate_responses=True)).test_client(raise_server_exceptions=False) as client:
            yield client


@pytest.fixture(scope="module", autouse=True)
def _shared(shared_trials: None, shared_contract: None) -> None:
    """Lets the services in this process share what is slow to make."""
