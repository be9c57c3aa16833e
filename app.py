"""The service: the contract, routed to its handlers, with Swagger UI beside it."""

import functools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connexion import FlaskApp
from connexion.exceptions import InvalidSpecification
from connexion.middleware import MiddlewarePosition
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolver

from detector.detector import Detector
from detector.errors import UnusableModel
from detector.images.decoding import ImageLimits
from detector.serving.folder import ModelFolder
from detector.tflite.runtime import Runtime
from settings import Settings, SettingsError
from web.bodies import BodyReader
from web.bridge import bridge
from web.contract import Contract, ContractError
from web.errors import ErrorHandlers
from web.fetching import Fetcher, PhotoFetching, places
from web.lifespan import looking_after
from web.mock import Examples
from web.pages import Pages
from web.request_id import RequestId
from web.routing import endpoints
from web.tokens import TokenCheck, Tokens
from web.validation import VALIDATORS
from web.views import call_directly

HERE = Path(__file__).parent
# Operations that look at one photo each; the others look at several, or at none. See web/bridge.py.
ONE_PHOTO = {"predict", "predictUpload", "predictImage", "annotate", "detectLikeDeepStack"}
SWAGGER_UI = {"tryItOutEnabled": True, "displayRequestDuration": True, "docExpansion": "list"}

logger = logging.getLogger("specsight")


class StartError(RuntimeError):
    """Why the service cannot start, in a sentence; gunicorn prints it and exits."""


def create_app(settings: Settings | None = None, contract_path: Path = HERE / "openapi.yml") -> FlaskApp:
    """The application, an ASGI one.

    Nothing in it is started yet, so that a server may create it before it forks its workers.

    Args:
        settings: by default, what the environment says.
        contract_path: the OpenAPI document to serve.

    Raises:
        StartError: the settings, the contract or a model cannot be used.
    """
    with explained(contract_path):
        settings = settings or Settings.read()
        contract = Contract.read(contract_path)
        if not settings.compatibility:
            contract = contract.without("compatibility")
        detector = create_detector(settings)
        services = {
            "detector": detector,
            "tokens": Tokens(settings.all_tokens()),
        }
        resolver = Resolver(endpoints(contract, "handlers", services).__getitem__)
        lifespan = looking_after(detector, settings.reload_seconds)
        return assemble(settings, contract, resolver, create_fetcher(settings), lifespan=lifespan)


def create_mock(contract_path: str) -> FlaskApp:
    """A contract with its examples for answers: no handler and no model need exist; see scripts/mock.

    Args:
        contract_path: of the OpenAPI document, absolute or seen from here.

    Raises:
        StartError: the settings or the contract cannot be used.
    """
    with explained(HERE / contract_path):
        return assemble(Settings.read(), Contract.read(HERE / contract_path), Examples())


@contextmanager
def explained(contract_path: Path) -> Iterator[None]:
    """Whatever keeps an application from being created is a StartError."""
    try:
        yield
    except (SettingsError, ContractError, UnusableModel) as error:
        raise StartError(str(error)) from error
    except InvalidSpecification as error:
        raise StartError(f"{contract_path.name} is not a valid OpenAPI document: {error.message}") from error


def create_detector(settings: Settings) -> Detector:
    """The detector with the models of the settings' folder."""
    cpus = settings.worker_cpus()
    folder = ModelFolder(
        HERE / settings.models,
        Runtime(settings.runtime, threads=cpus),
        cpus,
        settings.default_model,
        skip_unusable=settings.skip_unusable,
    )
    return Detector(folder, ImageLimits(settings.max_pixels, settings.max_side), at_once=cpus)


def create_fetcher(settings: Settings) -> Fetcher:
    """Fetches photos as the settings allow."""
    return Fetcher(
        settings.all_image_hosts(),
        seconds=settings.image_seconds,
        max_bytes=settings.max_body_bytes,
        max_held_bytes=settings.max_held_bytes,
    )


def assemble(
    settings: Settings, contract: Contract, resolver: Resolver, fetcher: Fetcher | None = None, **options: Any
) -> FlaskApp:
    """Put connexion, what answers, the limits and Swagger UI together; the options are connexion's."""
    tokens = Tokens(settings.all_tokens())
    if tokens.let_in(b""):
        logger.warning("Everybody is let in: set DETECTOR_TOKENS or DETECTOR_TOKENS_FILE to ask for a token.")

    app = FlaskApp(__name__, specification_dir=HERE, **options)
    bridge(app, ONE_PHOTO, at_once=settings.worker_cpus())
    call_directly(app)
    app.add_middleware(RequestId, position=MiddlewarePosition.BEFORE_EXCEPTION)
    app.add_middleware(Pages, position=MiddlewarePosition.BEFORE_SWAGGER, contract=contract.text)
    app.add_middleware(
        BodyReader,
        position=MiddlewarePosition.BEFORE_VALIDATION,
        max_bytes=settings.max_body_bytes,
        max_held_bytes=settings.max_held_bytes,
        seconds=settings.body_seconds,
    )
    if fetcher:
        app.add_middleware(
            PhotoFetching,
            position=MiddlewarePosition.BEFORE_CONTEXT,
            fetcher=fetcher,
            places=places(contract.document),
        )
    app.add_api(
        contract.document,
        resolver=resolver,
        strict_validation=True,
        validate_responses=settings.validate_responses,
        validator_map=VALIDATORS,
        security_map={"apiKey": functools.partial(TokenCheck, tokens)},
        swagger_ui_options=SwaggerUIOptions(
            serve_spec=False, spec_path="/openapi.yml", swagger_ui_path="/docs", swagger_ui_config=SWAGGER_UI
        ),
    )
    ErrorHandlers({operation.id: operation.media_type or "" for operation in contract.operations}).register(app)
    _put_together(app)
    return app


def _put_together(app: FlaskApp) -> None:
    """Do what connexion does with the first request: what is there before workers are forked is theirs in common."""
    asgi = app.middleware
    asgi.app, asgi.middleware_stack = asgi._build_middleware_stack()  # noqa: SLF001 - connexion offers no other way
