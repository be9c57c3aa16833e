"""web/routes/routing.py: operations find their handlers, which get the request as the types that they annotate."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.contracts import text_of, with_operation
from tests.support.server import ROOT
from web.contract import Contract, ContractError, Operation
from web.routes.routing import find

MODULE = """
from json import loads

class TryClass:
    pass

try_class = TryClass
try_partly = loads

def try_it():
    pass
"""

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


@pytest.mark.slow
def test_first_calls_may_come_at_once() -> None:
    """Several threads may be the first to call an endpoint."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CROWD], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A package of handlers with one module, tries."""
    folder = tmp_path_factory.mktemp("handlers") / "handlers_of_a_test"
    folder.mkdir()
    (folder / "tries.py").write_text(MODULE, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder.parent))
        yield folder.name


def operation(tag: str, operation_id: str) -> Operation:
    """The operation of a contract with this tag and operationId."""
    contract = with_operation(tags=[tag], operationId=operation_id)
    (only,) = Contract.parse("try.yml", text_of(contract)).operations
    return only


def test_finds_the_handler(package: str) -> None:
    """The tag names the module, the operationId the function."""
    assert find(operation("tries", "tryIt"), package).__name__ == "try_it"


@pytest.mark.parametrize(
    ("tag", "operation_id", "sentence"),
    [
        pytest.param("tries", "tryThat", "tryThat has no function {}.tries.try_that: write it", id="misspelt"),
        pytest.param("tries", "loads", "loads has no function {}.tries.loads", id="imported"),
        pytest.param("tries", "tryPartly", "tryPartly has no function {}.tries.try_partly", id="imported as another"),
        pytest.param("tries", "tryClass", "tryClass has no function {}.tries.try_class", id="a class"),
        pytest.param("animals", "tryIt", "tag animals has no module {}.animals: write it", id="no module"),
    ],
)
def test_missing_handlers(package: str, tag: str, operation_id: str, sentence: str) -> None:
    """A tag without a module, and an operationId without a function of that module, are named with what to do."""
    with pytest.raises(ContractError) as missing:
        find(operation(tag, operation_id), package)
    assert sentence.format(package) in str(missing.value)
