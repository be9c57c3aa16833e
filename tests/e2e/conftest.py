"""A service for tests of what is off by default."""

from collections.abc import Iterator

import pytest

from tests.support.server import Server


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with all operations of the contract, those for other services' clients among them."""
    server = Server(tmp_path_factory.mktemp("complete") / "log", DETECTOR_COMPATIBILITY="1").wait_until_ready()
    yield server
    server.stop()
