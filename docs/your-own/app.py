"""The service: the contract and the handlers of its operations, with a classifier behind them."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from starlette.types import ASGIApp

from classifier import Classifier, ImageLimits, ImageTooLarge, Runtime, UnreadableImage, UnusableModel
from schemas import Problem
from settings import Settings, SettingsError
from web.adapter.service import Service
from web.admission import Admission, AdmissionLimits
from web.assembly import Options, Parts, assemble, handlers_in
from web.contract import Contract, ContractError
from web.layers.recording import note_wait
from web.mocking.mock import Examples
from web.mocking.reloading import Reloading
from web.problems.problem import problem
from web.tokens import TokenError, Tokens

HERE = Path(__file__).parent

logger = logging.getLogger("specsight")


class StartError(RuntimeError):
    """The service cannot start; the message is a sentence, which gunicorn prints before it exits."""


def create_app(settings: Settings | None = None, contract_path: Path = HERE / "openapi.yml") -> Service:
    """The application, an ASGI one.

    Raises:
        StartError: the settings, the contract or the model cannot be used.
    """
    with as_start_errors():
        settings = settings or Settings.read()
        contract = Contract.read(contract_path)
        parts = create_parts(settings)
        services = {"classifier": create_classifier(settings, parts.admission)}
        resolver = handlers_in("handlers", contract, services)
        return assemble(contract, parts, create_options(settings), resolver=resolver)


def create_mock(source: str) -> ASGIApp:
    """A contract that answers with its own examples; see scripts/mock."""

    def build() -> tuple[Service, Sequence[Path]]:
        with as_start_errors():
            settings, contract = Settings.read(), Contract.read(source, HERE)
            service = assemble(contract, create_parts(settings), create_options(settings), resolver=Examples(contract))
            return service, contract.files

    return Reloading(build, StartError)


@contextmanager
def as_start_errors() -> Iterator[None]:
    """Turns whatever keeps an application from being created into a StartError."""
    try:
        yield
    except (SettingsError, ContractError, TokenError, UnusableModel) as error:
        raise StartError(str(error)) from error


def create_classifier(settings: Settings, admission: Admission) -> Classifier:
    """The classifier with the one model of the settings' folder."""
    models = sorted((HERE / settings.models).glob("*.tflite"))
    if len(models) != 1:
        raise UnusableModel(f"{settings.models} has {len(models)} models: put one there.")
    limits = ImageLimits(settings.max_pixels, settings.max_side)
    return Classifier(models[0], limits, Runtime(settings.runtime), admission.decoding)


def create_parts(settings: Settings) -> Parts:
    """The parts that the layers use."""
    limits = AdmissionLimits(
        settings.worker_cpus(), settings.queue, settings.max_held_bytes, settings.max_decoded_bytes
    )
    tokens = Tokens.read(settings.tokens, settings.tokens_file, ("CLASSIFIER_TOKENS", "CLASSIFIER_TOKENS_FILE"))
    if not tokens.required:
        logger.warning("The service is open to everyone: set CLASSIFIER_TOKENS to require a token.")
    problems = {ImageTooLarge: unusable_photo, UnreadableImage: unusable_photo}
    return Parts(Admission(limits, note_wait), tokens, problems=problems, example=HERE / "models" / "example.jpg")


def unusable_photo(error: Exception) -> Problem:
    """The problem for a photo that cannot be classified."""
    return problem(422, str(error), code="unusable-photo")


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
