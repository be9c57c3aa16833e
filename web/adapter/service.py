"""Adapts connexion, through its public classes, to handlers whose arguments validation has already parsed.

connexion's own adapters would route a request again, by Flask, look for arguments in it again, and hand its response
over in parts. docs/performance.md has the gains.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import flask
from connexion import ConnexionMiddleware
from connexion.context import context
from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from connexion.operations import AbstractOperation
from connexion.spec import Specification
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from web.admission import Admission
from web.metrics.metrics import Metrics
from web.problems.errors import ErrorHandlers
from web.server.rules import ConnectionRules

View = Callable[..., flask.Response | Awaitable[flask.Response]]


class Handler:
    """ASGI application: calls the handler of one operation."""

    def __init__(self, view: View, admission: Admission) -> None:
        """Wraps a handler.

        Args:
            view: takes the values that validation has parsed. A coroutine function runs in the event loop, and must
                answer at once; any other runs in a thread for photos.
            admission: lends that thread.
        """
        self._view: Callable[..., Any] = view
        self._admission = admission
        self._is_async = inspect.iscoroutinefunction(view)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """See ASGI."""
        arguments = scope["path_params"] | dict(context)  # validation has parsed the path, too
        call = self._view(**arguments) if self._is_async else self._admission.run(self._view, **arguments)
        response: flask.Response = await call
        headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in response.headers]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.get_data()})


class HandlerApi(RoutedAPI[Handler]):  # type: ignore[misc]  # connexion is not typed
    """The handlers of a contract, by operationId."""

    def __init__(self, specification: Specification, *, admission: Admission, **options: Any) -> None:
        super().__init__(specification, **options)
        self._admission = admission
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> Handler:
        """The handler of an operation."""
        return Handler(operation.function, self._admission)


class Handlers(RoutedMiddleware[HandlerApi]):  # type: ignore[misc]  # connexion is not typed
    """The innermost layer: calls the handler of an operation that connexion has routed and validated."""

    api_cls = HandlerApi

    def __init__(self, admission: Admission) -> None:
        super().__init__(not_found)
        self._admission = admission

    def add_api(self, specification: Specification, **options: Any) -> HandlerApi:
        """Registers the operations of a contract."""
        api: HandlerApi = super().add_api(specification, admission=self._admission, **options)
        return api


async def not_found(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """ASGI application: answers 404."""
    raise HTTPException(404)


class Service(ConnexionMiddleware):  # type: ignore[misc]  # connexion is not typed
    """A contract, its handlers and the layers around them, as one ASGI application.

    Attributes:
        rules: the server's rules for connections.
        metrics: counts what the server notices; None to count nothing.
    """

    rules: ConnectionRules
    metrics: Metrics | None

    def __init__(
        self,
        document: Mapping[str, Any],
        handlers: Handlers,
        *,
        base_path: str,
        layers: Sequence[Callable[..., ASGIApp]],
        error_handlers: ErrorHandlers,
        **options: Any,
    ) -> None:
        """Builds the stack now, so that forked workers share it; connexion would do so at first use.

        Args:
            document: the contract.
            handlers: the innermost layer.
            base_path: the prefix of every path.
            layers: the other layers, in the order in which a request passes them.
            error_handlers: turn exceptions into responses.
            options: see ConnexionMiddleware.
        """
        options = {"lifespan": lambda _app: nullcontext()} | options
        super().__init__(handlers, import_name=__name__, middlewares=list(layers), **options)
        self.add_api(document, base_path=base_path)
        error_handlers.register(self)
        self.app, self.middleware_stack = self._build_middleware_stack()

    def test_client(self, **options: Any) -> TestClient:
        """A client that calls the application without a server; see Starlette's TestClient."""
        return TestClient(self, **options)
