"""The service as its users meet it: over HTTP, and in a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from server import ROOT, Server

Start = Callable[..., Server]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service with all defaults but its port."""
    server = Server(tmp_path_factory.mktemp("server") / "log").wait_until_ready()
    yield server
    assert server.stop() == 0, server.log


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A function that starts another service with other settings; it is ended after the test."""
    servers: list[Server] = []

    def start(**arguments: Any) -> Server:
        servers.append(Server(tmp_path / f"log-{len(servers)}", **arguments))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A photo of traffic cones."""
    return (ROOT / "models" / "example.jpg").read_bytes()
