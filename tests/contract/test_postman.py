"""The requests that Postman generates from the contract, sent to the running service."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.server import ROOT, Server
from tests.support.tools import needs_node_tools, script

pytestmark = [pytest.mark.slow, needs_node_tools]

PATHS = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))["paths"]
SUMMARIES = sorted(operation["summary"] for path in PATHS.values() for operation in path.values())


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with all operations, whose responses are checked against the contract."""
    log = tmp_path_factory.mktemp("everything") / "log"
    server = Server(log, DETECTOR_COMPATIBILITY="1", DETECTOR_VALIDATE_RESPONSES="1").wait_until_ready()
    yield server
    server.stop()


def test_answers_the_collection(everything: Server, tmp_path: Path) -> None:
    """Every operation is in the collection, and its request is answered unchanged."""
    collection, report = tmp_path / "collection.json", tmp_path / "report.json"
    done = script("postman", collection, "--compatibility")
    assert done.returncode == 0, done.stderr
    done = script(
        *("node/run", "newman", "run", collection, "--env-var", f"baseUrl={everything.url}"),
        *("--reporters", "json", "--reporter-json-export", report),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sent = json.loads(report.read_text("utf-8"))["run"]["executions"]
    assert sorted(each["item"]["name"] for each in sent) == SUMMARIES
    assert [each["response"]["code"] for each in sent] == [200] * len(sent), [
        (each["item"]["name"], each["response"]["code"], bytes(each["response"]["stream"]["data"])) for each in sent
    ]
