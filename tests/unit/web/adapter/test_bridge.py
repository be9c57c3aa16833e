"""web/adapter/bridge.py: the client gets what Flask answers."""

import asyncio
import contextvars
import threading
from typing import Any

import flask
import pytest

from web.adapter.bridge import Bridge
from web.admission import Admission, AdmissionLimits

SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "path": "/",
    "query_string": b"a=b",
    "headers": [(b"x-asked", b"yes")],
}
WORD: contextvars.ContextVar[str] = contextvars.ContextVar("word")


def ask(bridge: Bridge) -> list[dict[str, Any]]:
    """The ASGI messages with which the application behind a bridge answers."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body is not for Flask")

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(bridge(SCOPE, receive, send))
    return sent


@pytest.fixture
def app() -> flask.Flask:
    """An empty application."""
    return flask.Flask(__name__)


def test_hands_over_a_whole_answer(app: flask.Flask) -> None:
    """Status, headers and body arrive unchanged, in two messages; the query and headers reach the application."""

    @app.get("/")
    def view() -> flask.Response:
        asked = flask.request.headers["X-Asked"] + flask.request.args["a"]
        return flask.Response(asked, 201, {"X-Told": "so"})

    start, body = ask(Bridge(app.wsgi_app, Admission(AdmissionLimits(at_once=1))))
    assert (start["type"], start["status"]) == ("http.response.start", 201)
    assert dict(start["headers"])[b"x-told"] == b"so"
    assert body == {"type": "http.response.body", "body": b"yesb"}


def test_runs_in_a_thread_of_its_own_with_the_caller_s_context(app: flask.Flask) -> None:
    """A view does not block the event loop, and sees the request's context variables."""
    seen = []

    @app.get("/")
    def view() -> str:
        seen.append((threading.current_thread() is threading.main_thread(), WORD.get()))
        return ""

    WORD.set("hello")
    ask(Bridge(app.wsgi_app, Admission(AdmissionLimits(at_once=1))))
    assert seen == [(False, "hello")]


def test_raises_the_applications_exceptions(app: flask.Flask) -> None:
    """An exception reaches the caller, and nothing has been sent."""
    app.config["PROPAGATE_EXCEPTIONS"] = True

    @app.get("/")
    def view() -> str:
        raise KeyError

    with pytest.raises(KeyError):
        ask(Bridge(app.wsgi_app, Admission(AdmissionLimits(at_once=1))))


def test_closes_streamed_responses(app: flask.Flask) -> None:
    """A streamed response is read to its end and closed."""
    closed = []

    def parts() -> Any:
        try:
            yield b"one"
            yield b"two"
        finally:
            closed.append(True)

    @app.get("/")
    def view() -> flask.Response:
        return flask.Response(parts())

    assert ask(Bridge(app.wsgi_app, Admission(AdmissionLimits(at_once=1))))[1]["body"] == b"onetwo"
    assert closed == [True]
