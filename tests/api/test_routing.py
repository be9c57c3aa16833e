"""web/routes/routing.py: handlers get the request as the types that they annotate."""

import subprocess
import sys

from tests.support.server import ROOT

# Eight threads call a new endpoint for the first time, again and again; switching so often makes a crash likely.
CROWD = """
import sys
import threading
from typing import Annotated

import msgspec

from web.routes.routing import Success, endpoint

sys.setswitchinterval(1e-6)

for _ in range(500):
    class Query(msgspec.Struct):
        score: "Annotated[float, msgspec.Meta(ge=0)]" = 0.1
        names: "list[str] | None" = None

    def handler(query: Query) -> Query:
        return query

    call = endpoint(handler, {}, Success())
    start = threading.Barrier(8)

    def client() -> None:
        start.wait()
        assert call(query={"score": 0.5, "names": ["cone"]}).json == {"score": 0.5, "names": ["cone"]}

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_first_calls_may_come_at_once() -> None:
    """Several threads may be the first to call an endpoint."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CROWD], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
