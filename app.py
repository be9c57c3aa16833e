"""The service: the contract, the handlers of its operations, and the layers that a request passes on its way there."""

import functools
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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

from detector import Detector, DetectorError, ImageLimits, ModelFolder, Runtime, UnusableModel
from handlers.causes import problem_of_error
from handlers.dialects import DIALECTS
from handlers.models import metric_labels
from handlers.stages import StageNotes
from settings import Settings, SettingsError
from web.adapter.enforced import enforced
from web.adapter.service import Handlers, Service
from web.admission import Admission, AdmissionLimits
from web.contract import Contract, ContractError
from web.fetching import AllowedHosts, AllowedNetworks, Fetcher, Limits, PhotoFetching, places
from web.layers.admission import RequestAdmission
from web.layers.bodies import BodyReader
from web.layers.cors import Cors
from web.layers.keep_alive import KeepAlive
from web.layers.paths import PlainPaths, Routing
from web.layers.recording import Recording, note_wait
from web.layers.request_id import RequestId
from web.layers.security_headers import SecurityHeaders
from web.lifespan import model_lifespan
from web.metrics.lifespan import measured
from web.metrics.metrics import Metrics
from web.mocking.mock import Examples
from web.mocking.reloading import Reloading
from web.pages import Pages, swagger_ui
from web.problems.errors import ErrorHandlers
from web.routes.routing import endpoints
from web.server.rules import ConnectionRules, Gate
from web.tokens import TokenCheck, TokenError, Tokens
from web.validation.validators import validators

HERE = Path(__file__).parent

logger = logging.getLogger("specsight")


class StartError(RuntimeError):
    """Why the service cannot start, in a sentence; gunicorn prints it and exits."""


@dataclass(frozen=True)
class Parts:
    """What the layers work with.

    Attributes:
        admission: what admits requests and photos.
        tokens: those that are accepted.
        fetcher: what fetches photos by address; None for nothing.
        metrics: what counts; None for nothing.
    """

    admission: Admission
    tokens: Tokens
    fetcher: Fetcher | None = None
    metrics: Metrics | None = None


def create_app(settings: Settings | None = None, contract_path: Path = HERE / "openapi.yml") -> Service:
    """The application, an ASGI one.

    Nothing in it is started yet, so that a server may create it before it forks its workers.

    Args:
        settings: by default, those of the environment.
        contract_path: the OpenAPI document to serve.

    Raises:
        StartError: the settings, the contract or a model cannot be used.
    """
    with as_start_errors():
        settings = settings or Settings.read()
        contract = Contract.read(contract_path)
        if not settings.compatibility:
            contract = contract.without("compatibility")
        tokens = create_tokens(settings)
        fetcher = create_fetcher(settings)
        admission = create_admission(settings)
        detector = create_detector(settings, admission)
        metrics = create_metrics(settings, admission, detector)
        services = {"detector": detector, "admission": admission, "tokens": tokens, "metrics": metrics}
        resolver = Resolver(endpoints(contract, "handlers", services).__getitem__)
        lifespan = model_lifespan(detector, settings.reload_seconds)
        if metrics:
            lifespan = measured(lifespan, metrics)
        parts = Parts(admission, tokens, fetcher, metrics)
        return assemble(settings, contract, parts, resolver=resolver, lifespan=lifespan)


def create_mock(source: str) -> ASGIApp:
    """A contract that answers with its own examples, without handlers or models; see scripts/mock.

    Args:
        source: an OpenAPI document, absolute or relative to this file, which is read again when it has changed; or a
            git revision, whose openapi.yml is meant.

    Raises:
        StartError: the settings or the contract cannot be used.
    """
    with as_start_errors():
        settings = Settings.read()
        tokens = create_tokens(settings)

    def build() -> tuple[Service, Sequence[Path]]:
        with as_start_errors():
            contract = Contract.read(source, HERE)
            parts = Parts(create_admission(settings), tokens)
            app = assemble(settings, contract, parts, resolver=Examples(contract))
            return app, contract.files

    return Reloading(build, StartError)


@contextmanager
def as_start_errors() -> Iterator[None]:
    """Turn whatever keeps an application from being created into a StartError."""
    try:
        yield
    except (SettingsError, ContractError, TokenError, UnusableModel) as error:
        raise StartError(str(error)) from error


def create_tokens(settings: Settings) -> Tokens:
    """The accepted tokens."""
    return Tokens.read(settings.tokens, settings.tokens_file, ("DETECTOR_TOKENS", "DETECTOR_TOKENS_FILE"))


def create_admission(settings: Settings) -> Admission:
    """What admits requests and photos, as the settings allow."""
    limits = AdmissionLimits(
        settings.worker_cpus(), settings.queue, settings.max_held_bytes, settings.max_decoded_bytes
    )
    return Admission(limits, note_wait)


def create_detector(settings: Settings, admission: Admission) -> Detector:
    """The detector with the models of the settings' folder."""
    folder = ModelFolder(
        HERE / settings.models,
        Runtime(settings.runtime, threads=settings.worker_cpus()),
        settings.default_model,
        skip_unusable=settings.skip_unusable,
    )
    return Detector(folder, ImageLimits(settings.max_pixels, settings.max_side), admission, StageNotes())


def create_metrics(settings: Settings, admission: Admission, detector: Detector) -> Metrics | None:
    """What counts; None if the settings want nothing to be counted."""
    if settings.metrics == "off":
        return None
    return Metrics(admission, lambda: map(metric_labels, detector.models), prefix="specsight", found="detections")


def create_fetcher(settings: Settings) -> Fetcher:
    """What fetches photos, as the settings allow."""
    try:
        hosts = AllowedHosts(settings.all_image_hosts())
    except ValueError as error:
        raise SettingsError(f"DETECTOR_IMAGE_HOSTS cannot be used: {error}.") from None
    limits = Limits(settings.image_seconds, settings.max_body_bytes)
    networks = AllowedNetworks(settings.all_image_networks())
    for address in hosts.ip_addresses:
        if not networks.allow(address):
            logger.warning(
                "Nothing is fetched from %s, which DETECTOR_IMAGE_HOSTS names: name its network in "
                "DETECTOR_IMAGE_NETWORKS.",
                address,
            )
    return Fetcher(hosts, networks, limits)


def assemble(
    settings: Settings,
    contract: Contract,
    parts: Parts,
    **options: Any,
) -> Service:
    """Put the contract, its handlers and the layers around them together; the options are connexion's."""
    if not parts.tokens.required:
        logger.warning("Everybody is let in: set DETECTOR_TOKENS or DETECTOR_TOKENS_FILE to ask for a token.")
    gate = Gate(parts.admission)
    if parts.metrics:
        parts.metrics.watch(gate)
    open_to_all = ["getMetrics"] if settings.metrics == "on" else []
    service = Service(
        enforced(contract.routes, needs_token=parts.tokens.required, open_to_all=open_to_all),
        Handlers(parts.admission),
        base_path=contract.base_path,
        layers=layers(settings, contract, gate, parts),
        error_handlers=ErrorHandlers(
            {operation.id: operation.media_type or "" for operation in contract.operations},
            {DetectorError: problem_of_error},
            DIALECTS,
        ),
        strict_validation=True,
        validate_responses=settings.validate_responses,
        validator_map=validators(contract),
        security_map=dict.fromkeys(("apiKey", "bearer"), functools.partial(TokenCheck, parts.tokens)),
        swagger_ui_options=swagger_ui(contract.title, example=example_photo(settings) is not None),
        **options,
    )
    service.rules = ConnectionRules(gate, settings.header_seconds, settings.unread_seconds)
    return service


def example_photo(settings: Settings) -> Path | None:
    """The photo that the pages offer."""
    places = (HERE / settings.models / "example.jpg", HERE / "models" / "example.jpg")
    return next(filter(Path.is_file, places), None)


def layers(settings: Settings, contract: Contract, gate: Gate, parts: Parts) -> Sequence[Callable[..., ASGIApp]]:
    """The layers around the handlers, in the order in which a request passes them; its response passes them back."""
    fetcher, photo_places = parts.fetcher, places(contract.document)
    origins = settings.all_origins()
    return [
        RequestId,  # gives the request an id, for its response and the log
        functools.partial(Recording, metrics=parts.metrics),  # notes what becomes of the request, and counts it
        SecurityHeaders,  # tells browsers what not to do with the response
        # lets pages of other origins call the service
        *([functools.partial(Cors, origins=origins, document=contract.document)] if origins else []),
        # admits requests with a body to the queue, or answers 503
        functools.partial(RequestAdmission, gate=gate, max_bytes=settings.max_body_bytes),
        ServerErrorMiddleware,  # answers 500 when a layer fails
        functools.partial(KeepAlive, seconds=settings.keep_alive_seconds),  # tells clients when their connection closes
        ExceptionMiddleware,  # turns exceptions of the layers below and of handlers into problems, see web/problems
        PlainPaths,  # makes one path of the ways to write it
        functools.partial(
            Pages, contract=contract, page=HERE / "web" / "page", example=example_photo(settings)
        ),  # answers GET for pages and their files
        SwaggerUIMiddleware,  # answers GET /docs/
        Routing,  # finds the operation, or answers 405
        SecurityMiddleware,  # checks the token: web/tokens/
        functools.partial(  # reads the body, within limits
            BodyReader,
            max_bytes=settings.max_body_bytes,
            arrival_seconds=settings.body_seconds,
            answer_seconds=settings.answer_seconds,
        ),
        RequestValidationMiddleware,  # parses query and body, and checks them against the contract: web/validation.py
        ResponseValidationMiddleware,  # checks the response, where the settings ask for it
        LifespanMiddleware,  # runs the worker's background task: web/lifespan.py
        # fetches the photos that the request names by address
        *([functools.partial(PhotoFetching, fetcher=fetcher, places=photo_places)] if fetcher else []),
        ContextMiddleware,  # hands to the handler what validation has read; web/adapter/service.py then calls it
    ]
