"""web/routes/signatures.py: a handler that differs from its operation stops the start with a sentence."""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from msgspec import UNSET, Struct, UnsetType

from tests.support.contracts import SMALL
from web.contract import Contract, ContractError
from web.routes.answers import Answer
from web.routes.signatures import check

CONTRACT = Contract.parse("shapes.yml", SMALL)
GET, PUT = CONTRACT.operations


class Circle(Struct):
    """A circle as in the contract."""

    kind: str
    radius: float
    note: str | UnsetType = UNSET


class Square(Struct):
    """A square as in the contract."""

    kind: str
    side: int


Shape = dict[str, Any]


def fits(id: int, unit: Literal["mm", "m"] = "mm", x_trace: str = "") -> Shape:  # noqa: A002
    """Matches."""
    raise NotImplementedError


def fits_in_short(id: int) -> Any:  # noqa: A002
    """Omits parameters that it does not use."""
    raise NotImplementedError


def takes_the_query(query: dict[str, str]) -> Any:
    """Takes all parameters of the query at once."""
    raise NotImplementedError


def wrong_name(ident: int) -> Any:
    """Has another name than in the contract."""
    raise NotImplementedError


def wrong_type(id: str) -> Any:  # noqa: A002
    """Has another type than the contract's number."""
    raise NotImplementedError


def no_type(id) -> Any:  # type: ignore[no-untyped-def] # noqa: A002, ANN001
    """Has no type for its argument."""
    raise NotImplementedError


def too_few_words(unit: Literal["mm"] = "mm") -> Any:
    """Lacks a word of the contract's."""
    raise NotImplementedError


def no_default(x_trace: str) -> Any:
    """Has no default for an optional parameter."""
    raise NotImplementedError


def anything(**given: Any) -> Any:
    """Takes everything."""
    raise NotImplementedError


def no_return(id: int):  # type: ignore[no-untyped-def] # noqa: A002, ANN201
    """Has no type for its result."""
    raise NotImplementedError


def returns_bytes(id: int) -> bytes:  # noqa: A002
    """Returns bytes in place of JSON."""
    raise NotImplementedError


def returns_a_list(id: int) -> list[str]:  # noqa: A002
    """Returns a list in place of an object."""
    raise NotImplementedError


def puts(id: int, request: Shape) -> None:  # noqa: A002
    """Matches."""
    raise NotImplementedError


def puts_nothing(id: int) -> None:  # noqa: A002
    """Does not take the body."""
    raise NotImplementedError


def puts_a_body(id: int, body: Shape) -> None:  # noqa: A002
    """Has another name for the body."""
    raise NotImplementedError


def returns_something(request: Shape) -> Shape:
    """Returns something for a success without a body."""
    raise NotImplementedError


@pytest.mark.parametrize("handler", [fits, fits_in_short, takes_the_query])
def test_fits(handler: Callable[..., Any]) -> None:
    """A handler may take any of its operation's parameters."""
    check(CONTRACT, GET, handler, ["detector"])


def test_fits_a_body() -> None:
    """A body arrives as `request`; None is a response without a body."""
    check(CONTRACT, PUT, puts, [])


GETS = {
    wrong_name: "there is no `ident` to take; there is query, unit, x_trace, id, detector",
    wrong_type: "by the contract `id` may be a whole number, by its type it never is",
    no_type: "its argument `id` has no type: annotate it",
    too_few_words: "the type of `unit` lacks m",
    no_default: "the parameter X-Trace may be left out: give `x_trace` a default",
    anything: r"it takes \*given: name what it needs",
    no_return: "it has no return type: annotate it",
    returns_bytes: "by the contract `return` is never bytes, by its type it may be",
    returns_a_list: "by the contract `return` is never a list, by its type it may be",
}


@pytest.mark.parametrize(("handler", "sentence"), GETS.items())
def test_differs(handler: Callable[..., Any], sentence: str) -> None:
    """A difference is reported in one sentence that names the handler and the operation."""
    with pytest.raises(ContractError, match=sentence) as told:
        check(CONTRACT, GET, handler, ["detector"])
    assert str(told.value).startswith(f"{__name__}.{handler.__name__} does not fit the operation getShape: ")


PUTS = {
    puts_nothing: "it does not take the body: add the argument `request`",
    puts_a_body: "there is no `body` to take; there is request, query, id",
    returns_something: "the contract has no body for its success: annotate its return type as None",
}


@pytest.mark.parametrize(("handler", "sentence"), PUTS.items())
def test_differs_in_the_body(handler: Callable[..., Any], sentence: str) -> None:
    """A missing or misnamed body is reported as well."""
    with pytest.raises(ContractError, match=sentence):
        check(CONTRACT, PUT, handler, [])


TYPES: dict[str, tuple[str, Any, str]] = {
    "fits": ("Circle", Circle, ""),
    "other": ("Circle", Square, r"by the contract `request.side` does not exist, but Square needs it"),
    "lacks": ("Circle", type("Less", (Struct,), {"__annotations__": {"kind": str}}), "Less has no `radius`"),
    "optional": (
        "Circle",
        type("More", (Struct,), {"__annotations__": {"kind": str, "radius": float, "note": str}}),
        "by the contract `request.note` may be left out, but More needs it",
    ),
    "member": (
        "Square",
        type("Odd", (Struct,), {"__annotations__": {"kind": str, "side": str, "tags": list[str]}}),
        "by the contract `request.side` may be a whole number, by its type it never is",
    ),
    "item": (
        "Square",
        type("Tags", (Struct,), {"__annotations__": {"kind": str, "side": int, "tags": list[int]}, "tags": UNSET}),
        r"by the contract `request.tags\[\]` may be text, by its type it never is",
    ),
    "untagged": ("Shape", Circle | Square, "`request` has a type that cannot be read from JSON"),
}


@pytest.mark.parametrize(("schema", "type_", "sentence"), TYPES.values(), ids=TYPES)
def test_types_of_bodies(schema: str, type_: Any, sentence: str) -> None:
    """A body's type has exactly the members of its schema, each with the right type."""
    contract = Contract.parse("shapes.yml", with_body(schema))

    def handler(request: Any) -> None:
        raise NotImplementedError

    handler.__annotations__["request"] = type_
    if not sentence:
        check(contract, contract.operations[1], handler, [])
        return
    with pytest.raises(ContractError, match=sentence):
        check(contract, contract.operations[1], handler, [])


def with_body(schema: str) -> str:
    """The small contract with another schema for the body of PUT."""
    head, middle, tail = SMALL.partition("    put:\n")
    return head + middle + tail.replace("schemas/Shape'", f"schemas/{schema}'", 1)


def with_answer(schema: str) -> Contract:
    """The small contract with another schema for the response to GET."""
    return Contract.parse("shapes.yml", SMALL.replace("schemas/Shape'", f"schemas/{schema}'", 1))


def test_types_of_answers() -> None:
    """A response's type always has what the contract promises, and never what it forbids."""
    contract = with_answer("Circle")

    def handler(id: int) -> Any:  # noqa: A002
        raise NotImplementedError

    class Unsure(Struct):
        kind: str
        radius: float | UnsetType = UNSET

    class Talkative(Struct):
        kind: str
        radius: float
        colour: str

    for type_, sentence in (
        (Circle, ""),
        (Answer[Circle], ""),
        (Unsure, "the contract promises `radius` in `return`, but Unsure may lack it"),
        (Talkative, "the contract has no `colour` in `return`, which Talkative has"),
        (Answer[Square], "the contract has no `side` in `return`, which Square has"),
        (None, "by the contract `return` is never null, by its type it may be"),
    ):
        handler.__annotations__["return"] = type_
        if not sentence:
            check(contract, contract.operations[0], handler, [])
            continue
        with pytest.raises(ContractError, match=sentence):
            check(contract, contract.operations[0], handler, [])
