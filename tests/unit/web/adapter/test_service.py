"""web/adapter/service.py: handlers are called directly, each in its thread or loop."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import flask
import pytest
from connexion.middleware.context import ContextMiddleware
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.routing import RoutingMiddleware
from connexion.resolver import Resolver
from starlette.testclient import TestClient

from web import record
from web.adapter.service import Handlers, Service
from web.admission import Admission, AdmissionLimits
from web.layers.request_id import RequestId
from web.problems.errors import ErrorHandlers
from web.problems.problem import Refusal
from web.tokens import Challenge


def served(**views: Callable[..., Any]) -> TestClient:
    """A service with a view per operation, each at a path of its name and with one parameter; one photo at a time."""
    response = {"responses": {"200": {"description": "Fine."}}}
    word = {"name": "word", "in": "path", "required": True, "schema": {"type": "string"}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Views", "version": "1"},
        "paths": {
            f"/{name}/{{word}}": {"get": {"operationId": name, "parameters": [word], **response}} for name in views
        },
    }
    service = Service(
        document,
        Handlers(Admission(AdmissionLimits(at_once=1))),
        base_path="",
        layers=[RequestId, ExceptionMiddleware, RoutingMiddleware, LifespanMiddleware, ContextMiddleware],
        error_handlers=ErrorHandlers({}, {}, {}, Challenge()),
        resolver=Resolver(views.__getitem__),
    )
    return service.test_client()


def test_photos_keep_nothing_else_waiting() -> None:
    """With one photo at a time the second one waits, and an async handler answers at once."""
    done, looking = threading.Event(), threading.Semaphore(0)

    def photo(word: str) -> flask.Response:
        looking.release()
        done.wait(60)
        return flask.Response(word)

    async def probe(word: str) -> flask.Response:
        return flask.Response(word)

    with served(photo=photo, probe=probe) as client, ThreadPoolExecutor(2) as callers:
        photos = [callers.submit(client.get, f"/photo/{number}") for number in range(2)]
        assert looking.acquire(timeout=60)
        assert client.get("/probe/alive").text == "alive"
        assert not looking.acquire(timeout=0.2)
        done.set()
        assert [response.result().text for response in photos] == ["0", "1"]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_threads_of_handlers(kind: str) -> None:
    """A `def` handler runs in a thread for photos, an `async def` handler in the event loop's thread."""

    def named(word: str) -> flask.Response:
        return flask.Response(f"{word} {threading.current_thread().name.partition('_')[0]}")

    async def awaited(word: str) -> flask.Response:
        return named(word)

    with served(operation=named if kind == "def" else awaited) as client:
        assert (client.get("/operation/in").text == "in jobs") == (kind == "def")


def test_head_has_no_body() -> None:
    """HEAD is answered like GET, without the body."""

    async def probe(word: str) -> flask.Response:
        return flask.Response(word, headers={"X-Word": word})

    with served(probe=probe) as client:
        response = client.head("/probe/alive")
    assert (response.headers["X-Word"], response.headers["Content-Length"], response.content) == ("alive", "5", b"")


def test_a_thread_has_the_request_s_context() -> None:
    """A `def` handler sees the context variables of its request, such as its record."""

    def operation(word: str) -> flask.Response:
        return flask.Response(f"{word} {record.current().id}")

    with served(operation=operation) as client:
        assert client.get("/operation/id", headers={"X-Request-Id": "four-5"}).text == "id four-5"


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_raises_handlers_exceptions(kind: str) -> None:
    """The layers around see what a handler raises, and nothing has been sent."""

    def failing(word: str) -> flask.Response:
        raise Refusal(418, word)

    async def awaited(word: str) -> flask.Response:
        return failing(word)

    with served(operation=failing if kind == "def" else awaited) as client:
        assert (response := client.get("/operation/teapot")).status_code == 418
        assert response.json()["detail"] == "teapot"


@pytest.mark.parametrize("path", ["/other", "/operation/word%0A", "/operation%0A/word"])
def test_calls_only_routed_operations(path: str) -> None:
    """An address that connexion has not routed, which Starlette confuses with one that it has, is a 404."""
    called = []

    def operation(word: str) -> flask.Response:
        called.append(word)
        return flask.Response(word)

    with served(operation=operation) as client:
        status = client.get(path).status_code
    assert status == 404 or called == ["word\n"]
