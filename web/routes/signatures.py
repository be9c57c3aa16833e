"""Checks handlers' arguments and return types against the contract at start-up."""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, get_args, get_origin, get_type_hints

from web.contract import FORM_TYPES, JSON_TYPES, Contract, ContractError, Operation, Parameter
from web.contract.names import argument_name
from web.routes.answers import Answer
from web.routes.types import differences

BODY, QUERY = "request", "query"


def check(contract: Contract, operation: Operation, handler: Callable[..., Any], others: Collection[str]) -> None:
    """Raises a ContractError for the first difference between a handler and its operation.

    Args:
        contract: the operation's.
        operation: the operation.
        handler: its function.
        others: arguments that do not come from the contract, but from services and layers.
    """
    place = f"{handler.__module__}.{handler.__name__}"
    for sentence in _differences(contract, operation, handler, others):
        raise ContractError(f"{place} does not fit the operation {operation.id}: {sentence}.")


def arguments(operation: Operation) -> dict[str, Parameter]:
    """The parameters of an operation, by the names of their arguments."""
    return {argument_name(parameter.name): parameter for parameter in operation.parameters}


def _differences(
    contract: Contract, operation: Operation, handler: Callable[..., Any], others: Collection[str]
) -> Iterator[str]:
    try:
        types = get_type_hints(handler)
    except NameError as error:
        yield f"its annotations name {error.name}, which is not imported"
        return
    named = arguments(operation)
    for name, argument in inspect.signature(handler).parameters.items():
        if argument.kind in {argument.VAR_POSITIONAL, argument.VAR_KEYWORD}:
            yield f"it takes *{name}: name what it needs"
        elif name in others:
            continue
        elif name not in types:
            yield f"its argument `{name}` has no type: annotate it"
        elif name == BODY and operation.body:
            yield from _body_differences(contract, operation, types[name], argument)
        elif name == QUERY and any(parameter.location == "query" for parameter in operation.parameters):
            schema = _query_schema(operation)
            yield from differences(schema, types[name], contract.follow, name)
        elif name in named:
            yield from _parameter_differences(contract, named[name], types[name], argument)
        else:
            known = [*([BODY] if operation.body else []), *([QUERY] if QUERY not in named else []), *named, *others]
            yield f"there is no `{name}` to take; there is {', '.join(known)}"
    if operation.body and BODY not in inspect.signature(handler).parameters:
        yield f"it does not take the body: add the argument `{BODY}`"
    yield from _answer_differences(contract, operation, types)


def _body_differences(
    contract: Contract, operation: Operation, type_: Any, argument: inspect.Parameter
) -> Iterator[str]:
    if not operation.body_required and not _takes_none(type_):
        yield f"the body may be left out: annotate `{argument.name}` as {_shown(type_)} | None"
    for media_type, content in operation.body.items():
        if JSON_TYPES.fullmatch(media_type) or media_type in FORM_TYPES or media_type == "text/plain":
            yield from differences(content["schema"], type_, contract.follow, argument.name)
        elif not _takes_bytes(type_):
            yield f"a body of {media_type} arrives as bytes: annotate `{argument.name}` so"


def _parameter_differences(
    contract: Contract, parameter: Parameter, type_: Any, argument: inspect.Parameter
) -> Iterator[str]:
    has_default = "default" in contract.follow(parameter.schema)
    if not parameter.required and not has_default and argument.default is argument.empty:
        yield f"the parameter {parameter.name} may be left out: give `{argument.name}` a default"
    yield from differences(parameter.schema, type_, contract.follow, argument.name)


def _query_schema(operation: Operation) -> dict[str, Any]:
    """The query as an object."""
    query = [parameter for parameter in operation.parameters if parameter.location == "query"]
    return {
        "type": "object",
        "properties": {parameter.name: parameter.schema for parameter in query},
        "required": [parameter.name for parameter in query if parameter.required],
    }


def _answer_differences(contract: Contract, operation: Operation, types: Mapping[str, Any]) -> Iterator[str]:
    if "return" not in types:
        yield "it has no return type: annotate it"
        return
    type_ = types["return"]
    if get_origin(type_) is Answer:
        type_ = get_args(type_)[0]
    else:
        required = [
            name for name, each in operation.answer.get("headers", {}).items() if contract.follow(each).get("required")
        ]
        if required:
            yield f"the contract promises the header {required[0]}: return a web.routes.answers.Answer with it"
        if len(operation.statuses) > 1:
            yield "the contract has several statuses for success: return a web.routes.answers.Answer, which has one"
    media_type = operation.answer_type
    if media_type is None:
        if type_ is not type(None):
            yield "the contract has no body for its success: annotate its return type as None"
    elif JSON_TYPES.fullmatch(media_type):
        schema = operation.answer["content"][media_type].get("schema", {})
        yield from differences(schema, type_, contract.follow, "return", is_answer=True)
    elif not (_takes_bytes(type_) or (media_type.startswith("text/") and type_ is str)):
        yield f"the contract's answer is {media_type}: annotate its return type as bytes"


def _takes_none(type_: Any) -> bool:
    return type(None) in get_args(type_) or type_ in {Any, None}


def _takes_bytes(type_: Any) -> bool:
    return bytes in (type_, *get_args(type_)) or type_ is Any


def _shown(type_: Any) -> str:
    return getattr(type_, "__name__", str(type_))
