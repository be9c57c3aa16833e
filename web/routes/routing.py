"""Maps operations of the contract to the functions that handle them.

The operation's tag names a module of handlers/, and its operationId, in snake_case, a function there:
`tags: [orders], operationId: listOrders` is handlers.orders.list_orders.

A handler is plain Python. It takes services, such as a database, by name; `request` (the body); `query` (all parameters
of the query); and single parameters, by their names in snake_case. Each has the type that the handler annotates. It
returns an object from schemas; bytes, if the contract's response is not JSON; None, if the response has no body; or an
Answer, to add headers. The service does not start if a handler differs from the contract.

`def` or `async def` decides where it runs. A `def` handler works on one photo, in a thread for photos. An `async def`
handler runs in the event loop: it answers at once, or awaits several photos; see web/admission/.
"""

import importlib
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

import flask
import msgspec

from web.contract import JSON_TYPES, Contract, ContractError, Operation
from web.contract.names import snake_case
from web.problems.problem import Refusal
from web.routes import signatures
from web.routes.answers import Answer

Handler = Callable[..., Any]
Endpoint = Callable[..., flask.Response | Awaitable[flask.Response]]

PASSED = ("fetched",)  # arguments from layers between validation and handlers; see web/fetching

logger = logging.getLogger(__name__)


def endpoints(contract: Contract, package: str, services: Mapping[str, object]) -> dict[str, Endpoint]:
    """The functions for connexion to call, by operationId.

    Args:
        contract: the operations to handle.
        package: the package with the handlers' modules.
        services: objects that handlers may take, by the name of the argument.

    Raises:
        ContractError: an operation has no handler, or one that does not fit.
    """
    found = {}
    for operation in contract.operations:
        handler = find(operation, package)
        signatures.check(contract, operation, handler, [*services, *PASSED])
        found[operation.id] = endpoint(handler, services, Success.of(operation))
    return found


def find(operation: Operation, package: str) -> Handler:
    """The handler of an operation.

    Raises:
        ContractError: there is none.
    """
    module_name, function_name = f"{package}.{operation.tag}", snake_case(operation.id)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise
        raise ContractError(
            f"The contract's tag {operation.tag} has no module {module_name}: write it, or correct the tag."
        ) from None
    handler = vars(module).get(function_name)
    if not inspect.isfunction(handler) or handler.__module__ != module_name:
        raise ContractError(
            f"The contract's operationId {operation.id} has no function {module_name}.{function_name}: "
            "write it, or correct the operationId."
        )
    return handler


@dataclass(frozen=True, slots=True)
class Success:
    """The contract's description of an operation's success.

    Attributes:
        statuses: the possible ones; the first, unless the handler chooses another.
        media_type: of its body; None without a body.
    """

    statuses: Sequence[int] = (200,)
    media_type: str | None = "application/json"

    @classmethod
    def of(cls, operation: Operation) -> "Success":
        """The success of an operation."""
        return cls(operation.statuses, operation.answer_type)

    def response(self, answer: object) -> flask.Response:
        """Converts a handler's return value to a response."""
        if not isinstance(answer, Answer):
            answer = Answer(answer)
        status = self.statuses[0] if answer.status is None else answer.status
        if status not in self.statuses:
            raise RuntimeError(f"the contract has no success with the status {status}")
        if self.media_type is None:
            response = flask.Response(b"", status, dict(answer.headers))
            del response.headers["Content-Type"]
            return response
        body = (
            answer.body
            if isinstance(answer.body, bytes | str) and not self.is_json
            else msgspec.json.encode(answer.body)
        )
        return flask.Response(body, status, dict(answer.headers), content_type=self.media_type)

    @property
    def is_json(self) -> bool:
        """True if its body is JSON."""
        return self.media_type is not None and JSON_TYPES.fullmatch(self.media_type) is not None


def endpoint(handler: Handler, services: Mapping[str, object], success: Success) -> Endpoint:
    """Wraps a handler for connexion: converts arguments to the annotated types, and the return value to a response.

    Returns a coroutine function if the handler is one.
    """
    types = get_type_hints(handler)
    parameters = inspect.signature(handler).parameters
    wanted = [name for name in parameters if name not in services]
    required = {name for name in wanted if parameters[name].default is inspect.Parameter.empty}
    asked = {name: services[name] for name in parameters if name in services}
    for name in wanted:
        # Resolves the type now, once: two threads that do so at the same time crash msgspec 0.22.
        msgspec.json.Decoder(types[name])

    def arguments(given: Mapping[str, object]) -> dict[str, object]:
        try:
            return asked | {
                name: msgspec.convert(given[name], types[name]) for name in wanted if name in given or name in required
            }
        except msgspec.ValidationError as error:
            logger.warning("What the contract allows is no %s: %s", handler.__qualname__, error)
            raise Refusal(400, "A value in the request is out of the range that this server can work with.") from None

    def call(**given: object) -> flask.Response:
        return success.response(handler(**arguments(given)))

    async def call_async(**given: object) -> flask.Response:
        return success.response(await handler(**arguments(given)))

    return call_async if inspect.iscoroutinefunction(handler) else call
