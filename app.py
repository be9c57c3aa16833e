"""The service: the contract, the handlers of its operations, and the detector behind them."""

import functools
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from starlette.types import ASGIApp

from detector import Detector, DetectorError, ImageLimits, ModelFolder, Runtime, UnusableModel
from handlers.causes import problem_of_error
from handlers.dialects import DIALECTS
from handlers.models import metric_labels
from handlers.stages import StageNotes
from process import give_back
from settings import Settings, SettingsError
from web.adapter.service import Service
from web.admission import Admission, AdmissionLimits
from web.assembly import Options, Parts, assemble, handlers_in
from web.contract import Contract, ContractError
from web.fetching import AllowedHosts, AllowedNetworks, Fetcher, Limits
from web.layers.recording import note_wait
from web.layers.tracing import Tracing, TracingError, is_wanted
from web.lifespan import model_lifespan
from web.metrics.lifespan import metrics_lifespan
from web.metrics.metrics import Metrics
from web.mocking.mock import Examples
from web.mocking.reloading import Reloading
from web.tokens import TokenError, Tokens

HERE = Path(__file__).parent
JPEG = b"\xff\xd8\xff"  # its first bytes

logger = logging.getLogger("specsight")


class StartError(RuntimeError):
    """The service cannot start; the message is a sentence, which gunicorn prints before it exits."""


def create_app(settings: Settings | None = None, contract_path: Path = HERE / "openapi.yml") -> Service:
    """Creates the ASGI application.

    It starts no thread yet, so that a server may create it before it forks its workers.

    Args:
        settings: by default, those in the environment.
        contract_path: the OpenAPI document to serve.

    Raises:
        StartError: the settings, the contract or a model cannot be used.
    """
    with as_start_errors():
        settings = settings or Settings.read()
        contract = Contract.read(contract_path)
        if not settings.compatibility:
            contract = contract.without("compatibility")
        admission = create_admission(settings)
        detector = create_detector(settings, admission)
        metrics = create_metrics(settings, admission, detector)
        parts = Parts(
            admission,
            create_tokens(settings),
            create_fetcher(settings),
            metrics,
            problems={DetectorError: problem_of_error},
            dialects=DIALECTS,
            open_to_all=["getMetrics"] if settings.metrics == "on" else [],
            page=HERE / "page",
            example=example_photo(settings),
            tracing=functools.partial(Tracing, name="specsight") if is_wanted(os.environ) else None,
        )
        services = {"detector": detector, "admission": admission, "tokens": parts.tokens, "metrics": metrics}
        lifespan = model_lifespan(detector, settings.reload_seconds, give_back)
        if metrics:
            lifespan = metrics_lifespan(lifespan, metrics)
        resolver = handlers_in("handlers", contract, services)
        return assemble(contract, parts, create_options(settings), resolver=resolver, lifespan=lifespan)


def create_mock(source: str) -> ASGIApp:
    """Creates an application that answers with a contract's examples, without handlers or models; see scripts/mock.

    Args:
        source: an OpenAPI document, absolute or relative to this file, which is read again when it has changed; or a
            git revision with an openapi.yml.

    Raises:
        StartError: the settings or the contract cannot be used.
    """
    with as_start_errors():
        settings = Settings.read()
        tokens = create_tokens(settings)
    image = (HERE / "docs" / "pictures" / "annotated.jpg").read_bytes()

    def build() -> tuple[Service, Sequence[Path]]:
        with as_start_errors():
            contract = Contract.read(source, HERE)
            parts = Parts(create_admission(settings), tokens, page=HERE / "page", example=example_photo(settings))
            app = assemble(contract, parts, create_options(settings), resolver=Examples(contract, image))
            return app, contract.files

    return Reloading(build, StartError)


@contextmanager
def as_start_errors() -> Iterator[None]:
    """Turns errors that prevent a start into a StartError."""
    try:
        yield
    except (SettingsError, ContractError, TokenError, TracingError, UnusableModel) as error:
        raise StartError(str(error)) from error


def create_tokens(settings: Settings) -> Tokens:
    """The accepted tokens."""
    tokens = Tokens.read(settings.tokens, settings.tokens_file, ("DETECTOR_TOKENS", "DETECTOR_TOKENS_FILE"))
    if not tokens.required:
        logger.warning(
            "The service is open to everyone: set DETECTOR_TOKENS or DETECTOR_TOKENS_FILE to require a token."
        )
    return tokens


def create_admission(settings: Settings) -> Admission:
    """Creates the admission of requests and photos."""
    limits = AdmissionLimits(
        settings.worker_cpus(), settings.queue, settings.max_held_bytes, settings.max_decoded_bytes
    )
    return Admission(limits, note_wait)


def create_detector(settings: Settings, admission: Admission) -> Detector:
    """Creates the detector, with the models in the settings' folder."""
    folder = ModelFolder(
        HERE / settings.models,
        Runtime(settings.runtime, threads=settings.worker_cpus()),
        settings.default_model,
        skip_unusable=settings.skip_unusable,
    )
    return Detector(
        folder, ImageLimits(settings.max_pixels, settings.max_side), admission, StageNotes(), settings.max_tiles
    )


def create_metrics(settings: Settings, admission: Admission, detector: Detector) -> Metrics | None:
    """Creates the metrics; None if the settings switch them off."""
    if settings.metrics == "off":
        return None
    return Metrics(
        admission,
        lambda: map(metric_labels, detector.models),
        lambda: detector.unusable,
        prefix="specsight",
        found="detections",
    )


def create_fetcher(settings: Settings) -> Fetcher:
    """Creates the fetcher of photos."""
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


def example_photo(settings: Settings) -> Path | None:
    """The photo that the pages offer."""
    places = (HERE / settings.models / "example.jpg", HERE / "models" / "example.jpg")
    return next(filter(is_jpeg, places), None)


def is_jpeg(path: Path) -> bool:
    """True if a path is a JPEG: everyone may see it, and a link in the models' folder may lead to any file."""
    try:
        return path.is_file() and path.read_bytes().startswith(JPEG)
    except OSError:
        return False


def create_options(settings: Settings) -> Options:
    """The settings that every kind of service has."""
    return Options(
        max_body_bytes=settings.max_body_bytes,
        body_seconds=settings.body_seconds,
        answer_seconds=settings.answer_seconds,
        header_seconds=settings.header_seconds,
        unread_seconds=settings.unread_seconds,
        keep_alive_seconds=settings.keep_alive_seconds,
        origins=settings.all_origins(),
        validate_responses=settings.validate_responses,
    )
