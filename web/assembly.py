"""Assembles the service: a contract, its handlers, and the layers that a request passes before them."""

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connexion.middleware.context import ContextMiddleware
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.request_validation import RequestValidationMiddleware
from connexion.middleware.response_validation import ResponseValidationMiddleware
from connexion.middleware.security import SecurityMiddleware
from connexion.middleware.server_error import ServerErrorMiddleware
from connexion.middleware.swagger_ui import SwaggerUIMiddleware
from connexion.resolver import Resolver
from starlette.types import ASGIApp

from schemas import Problem
from web.adapter.document import document_for_connexion
from web.adapter.service import Handlers, Service
from web.admission import Admission
from web.contract import Contract
from web.fetching import Fetcher, PhotoFetching, places
from web.gate import Gate
from web.layers.admission import RequestAdmission
from web.layers.bodies import BodyReader
from web.layers.cors import ANY, Cors
from web.layers.foreign_pages import ForeignPages
from web.layers.head import Head
from web.layers.keep_alive import KeepAlive
from web.layers.paths import PlainPaths, Routing
from web.layers.recording import Recording
from web.layers.request_id import RequestId
from web.layers.security_headers import SecurityHeaders
from web.metrics.metrics import Metrics
from web.pages import Pages, swagger_ui
from web.problems.errors import Dialect, ErrorHandlers
from web.routes.routing import endpoints
from web.server.rules import ConnectionRules
from web.tokens import Challenge, TokenCheck, Tokens
from web.validation.validators import validators


@dataclass(frozen=True)
class Options:
    """The operator's options for any service.

    Attributes:
        max_body_bytes: of a request.
        body_seconds: time for a body to arrive.
        answer_seconds: time from then until the answer begins.
        header_seconds: time for the first request of a connection to arrive.
        unread_seconds: time after which a client that does not read its answer is disconnected.
        keep_alive_seconds: time for which an idle connection stays open.
        origins: of web pages that may call the service.
        validate_responses: True to check every answer against the contract.
    """

    max_body_bytes: int = 32 << 20
    body_seconds: float = 60.0
    answer_seconds: float = 30.0
    header_seconds: float = 10.0
    unread_seconds: float = 30.0
    keep_alive_seconds: int = 5
    origins: Sequence[str] = ()
    validate_responses: bool = False


@dataclass(frozen=True)
class Parts:
    """The objects that the layers use.

    Attributes:
        admission: admits requests and their work.
        tokens: the accepted tokens.
        fetcher: fetches photos by address; None to fetch none.
        metrics: counts requests; None to count nothing.
        problems: turn exceptions of handlers into problems.
        dialects: add the members that operations' clients expect in an error, by operationId.
        open_to_all: operations, by operationId, that never need a token.
        page: the folder of the page at GET /; None for none.
        example: the photo that the pages offer; None for none.
        tracing: the layer that makes spans of requests; None for none.
    """

    admission: Admission
    tokens: Tokens
    fetcher: Fetcher | None = None
    metrics: Metrics | None = None
    problems: Mapping[type[Exception], Callable[[Any], Problem]] = field(default_factory=dict)
    dialects: Mapping[str, Dialect] = field(default_factory=dict)
    open_to_all: Collection[str] = ()
    page: Path | None = None
    example: Path | None = None
    tracing: Callable[[ASGIApp], ASGIApp] | None = None


def handlers_in(package: str, contract: Contract, services: Mapping[str, object]) -> Resolver:
    """Connexion's resolver for this service's handlers.

    Args:
        package: the package with the handlers' modules.
        contract: the operations to handle.
        services: objects that handlers may take, by the name of the argument.

    Raises:
        ContractError: a handler is missing, or differs from the contract.
    """
    return Resolver(endpoints(contract, package, services).__getitem__)


def assemble(contract: Contract, parts: Parts, options: Options, **connexion_options: Any) -> Service:
    """Builds the service."""
    gate = Gate(parts.admission, options.max_body_bytes)
    if parts.metrics:
        parts.metrics.watch(gate)
        parts.metrics.expect(operation.id for operation in contract.operations)
    service = Service(
        document_for_connexion(contract.routes, needs_token=parts.tokens.required, open_to_all=parts.open_to_all),
        Handlers(parts.admission),
        base_path=contract.base_path,
        layers=layers(contract, parts, options, gate),
        error_handlers=ErrorHandlers(
            {operation.id: operation.media_type or "" for operation in contract.operations},
            parts.problems,
            parts.dialects,
            Challenge.of(contract.document),
        ),
        strict_validation=True,
        validate_responses=options.validate_responses,
        validator_map=validators(contract),
        security_map=dict.fromkeys(("apiKey", "bearer"), functools.partial(TokenCheck, parts.tokens)),
        swagger_ui_options=swagger_ui(contract.title, example=parts.example is not None),
        **connexion_options,
    )
    service.metrics = parts.metrics
    service.rules = ConnectionRules(gate, options.header_seconds, options.unread_seconds, bool(options.origins))
    return service


def layers(contract: Contract, parts: Parts, options: Options, gate: Gate) -> Sequence[Callable[..., ASGIApp]]:
    """The layers around the handlers, in the order in which a request passes them; its response passes them back."""
    fetcher, photo_places, origins = parts.fetcher, places(contract.document), options.origins
    return [
        RequestId,  # gives the request an id, for its response and the log
        *([parts.tracing] if parts.tracing else []),  # traces the request, if a collector is named
        functools.partial(Recording, metrics=parts.metrics),  # records the request's outcome, and counts it
        SecurityHeaders,  # restricts what browsers and caches do with the response
        Head,  # drops the body of an answer to HEAD
        # lets pages of other origins call the service
        *([functools.partial(Cors, origins=origins, document=contract.document)] if origins else []),
        functools.partial(RequestAdmission, gate=gate),  # admits requests with a body to the queue, or answers 503
        ServerErrorMiddleware,  # answers 500 when a layer fails
        functools.partial(KeepAlive, seconds=options.keep_alive_seconds),  # tells clients when their connection closes
        ExceptionMiddleware,  # turns exceptions of the layers below and of handlers into problems: web/problems/
        # refuses requests of pages whose origin is not named
        *([functools.partial(ForeignPages, origins=origins)] if ANY not in origins else []),
        PlainPaths,  # normalises the path
        # answers GET for pages and their files
        functools.partial(Pages, contract=contract, page=parts.page, example=parts.example),
        SwaggerUIMiddleware,  # answers GET /docs/
        Routing,  # finds the operation, or answers 405
        SecurityMiddleware,  # checks the token: web/tokens/
        functools.partial(  # reads the body, within limits
            BodyReader,
            max_bytes=options.max_body_bytes,
            arrival_seconds=options.body_seconds,
            answer_seconds=options.answer_seconds,
        ),
        RequestValidationMiddleware,  # parses query and body, and checks them against the contract: web/validation/
        ResponseValidationMiddleware,  # checks the response, if the options ask for it
        LifespanMiddleware,  # runs the worker's background task: web/lifespan.py
        # fetches the photos that the request names by address
        *([functools.partial(PhotoFetching, fetcher=fetcher, places=photo_places)] if fetcher else []),
        ContextMiddleware,  # passes the parsed values to the handler, which web/adapter/service.py calls
    ]
