"""web/layers/keep_alive.py: clients are told when an idle connection closes."""

import http.client
import time
from contextlib import closing

import pytest
import requests

from tests.support.server import PATIENCE, Start


@pytest.mark.parametrize(("setting", "header"), [("5", "timeout=4"), ("1", "timeout=1"), ("0", None)])
def test_header(start: Start, setting: str, header: str | None) -> None:
    """Responses say how long to reuse their connection: a second less than the server waits, a second at least."""
    server = start(KEEP_ALIVE_SECONDS=setting).wait_until_ready()
    with requests.get(f"{server.url}/health/live", timeout=PATIENCE) as response:
        assert response.headers.get("Keep-Alive") == header


def test_connections_stay_as_long_as_set(start: Start) -> None:
    """A connection that was idle for longer than the default wait is reused if the setting allows it."""
    server = start(KEEP_ALIVE_SECONDS="30").wait_until_ready()
    with closing(http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=PATIENCE)) as connection:
        connection.request("GET", "/health/live")
        connection.getresponse().read()
        first = connection.sock
        assert first is not None
        time.sleep(6)
        connection.request("GET", "/health/live")
        connection.getresponse().read()
        assert connection.sock is first
