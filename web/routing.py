"""From an operation of the contract to the function that handles it.

The operation's tag names a module of handlers/, and its operationId, in snake_case, a function there:
`tags: [models], operationId: listModels` is handlers.models.list_models.

A handler is plain Python: it takes the services that it names, such as the detector, and what it needs of `request`
(the body), `query` and the path's parameters, each as the type that it annotates. It returns an object from schemas,
or, where the contract's response is not JSON, its bytes.

`def` or `async def` decides where it runs. A `def` handler works on one photo, in a thread for photos. An `async def`
handler runs in the event loop: it answers at once, or awaits several photos; see detector/serving/admission.py.
"""

import importlib
import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_type_hints

import flask
import msgspec
from starlette.types import Scope

from web.contract import Contract, ContractError, Operation

Answer = msgspec.Struct | bytes
Handler = Callable[..., Any]  # an Answer, or a coroutine that returns one
Endpoint = Callable[..., flask.Response | Awaitable[flask.Response]]


def endpoints(contract: Contract, package: str, services: Mapping[str, object]) -> dict[str, Endpoint]:
    """What connexion is to call, by operationId.

    Args:
        contract: whose operations are wanted.
        package: where the modules with the handlers are.
        services: what handlers may ask for, by the name of the argument.

    Raises:
        ContractError: an operation has no handler.
    """
    return {
        operation.id: endpoint(find(operation, package), services, operation.answer_type)
        for operation in contract.operations
    }


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


def snake_case(camel_case: str) -> str:
    """`listModels` as `list_models`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", camel_case).lower()


def endpoint(handler: Handler, services: Mapping[str, object], media_type: str) -> Endpoint:
    """A handler as connexion calls it: arguments become the annotated types, what is returned becomes a response.

    It is a coroutine function if the handler is one.
    """
    types = get_type_hints(handler)
    names = inspect.signature(handler).parameters
    wanted = [name for name in names if name not in services]
    asked = {name: services[name] for name in names if name in services}
    for name in wanted:
        # Looks into the type, which happens once; two threads that do so at the same time crash msgspec 0.22.
        msgspec.json.Decoder(types[name])

    def arguments(given: Mapping[str, object]) -> dict[str, object]:
        return asked | {name: msgspec.convert(given[name], types[name]) for name in wanted}

    def response(answer: Answer) -> flask.Response:
        body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        return flask.Response(body, content_type=media_type)

    def call(**given: object) -> flask.Response:
        return response(handler(**arguments(given)))

    async def call_async(**given: object) -> flask.Response:
        return response(await handler(**arguments(given)))

    return call_async if inspect.iscoroutinefunction(handler) else call


def operation_of(scope: Scope) -> str:
    """The operationId that a request has been routed to; empty where it has not got so far."""
    operation_id: str = scope.get("extensions", {}).get("connexion_routing", {}).get("operation_id", "")
    return operation_id
