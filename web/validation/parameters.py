"""Parses the parameters of an operation from a request, and checks them against the contract."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from schemas import Fault
from web.contract import Operation, Parameter
from web.jsonschema.draft4 import Translator
from web.jsonschema.faults import fault
from web.jsonschema.schema import Schema
from web.problems.problem import Refusal
from web.validation import json_document, styles
from web.validation.styles import Pairs, StyleError
from web.validation.texts import Reader, Texts

MAX_FIELDS = 400  # of a query or a form; each label is a field
ABSENT = object()

Follow = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """The parts of a request that hold parameters.

    Attributes:
        path: texts by name.
        query: pairs, with values still percent-encoded.
        spare: names in the query that belong to no parameter.
        headers: all of them.
    """

    path: Mapping[str, str]
    query: Pairs
    spare: Sequence[str]
    headers: Headers


class OneParameter:
    """One parameter, with its place in requests and its schema."""

    def __init__(self, parameter: Parameter, follow: Follow) -> None:
        self.name = parameter.name
        self.location = parameter.location
        self.is_required = parameter.required
        self.default = follow(parameter.schema).get("default")
        self.members: Sequence[str] = ()  # further names in the query that belong to it
        self.schema = Schema(Translator(follow)(parameter.schema))
        self._read = Reader(parameter.schema, follow)
        self._kind = next((kind for kind in ("array", "object") if kind in self._read.kinds), "text")
        self._parameter = parameter
        self.is_spread = self._kind == "object" and parameter.style == "form" and parameter.explode
        self.takes_others = self.is_spread and self._read.takes_others
        if self.is_spread:
            self.members = list(self._read.members)

    def owns(self, name: str) -> bool:
        """True if a name in the query belongs to it."""
        if self._parameter.style == "deepObject":
            return name.startswith(f"{self.name}[") and name.endswith("]")
        return name in self.members if self.is_spread else name == self.name

    def value(self, sent: Sent) -> object:
        """Its value in a request; ABSENT where there is none, or an empty text.

        Raises:
            StyleError: it is not written in its style.
            UnicodeDecodeError: its percent-encoding is not UTF-8.
        """
        if self._parameter.is_json:
            texts = self._texts(sent, "text")
            return ABSENT if texts is None else from_json(str(texts))
        texts = self._texts(sent, self._kind)
        return ABSENT if texts is None else self._read(texts)

    def _texts(self, sent: Sent, kind: str) -> Texts | None:
        if self.location == "path":
            return styles.from_path(self._parameter, sent.path[self.name], kind)
        if self.location == "header":
            text = ", ".join(sent.headers.getlist(self.name))
            return styles.from_header(text, kind, explode=self._parameter.explode) if text else None
        if self.is_spread:
            members = styles.from_members([*self.members, *(sent.spare if self.takes_others else ())], sent.query)
            return members if any(members.values()) else None
        pairs = sent.query
        if self.location == "cookie":
            pairs = list(styles.cookie_pairs("; ".join(sent.headers.getlist("cookie"))))
        splits = "string" not in self._read.item_kinds
        return styles.from_pairs(self._parameter, pairs, kind, splits=splits)


class Parameters:
    """All parameters of an operation."""

    def __init__(self, operation: Operation, follow: Follow) -> None:
        self._all = [OneParameter(each, follow) for each in operation.parameters]
        self._query = [each for each in self._all if each.location == "query"]
        self._takes_others = any(each.takes_others for each in self._query)
        names = [name for each in self._query for name in (each.members if each.is_spread else [each.name])]
        self._unknown = f"has unknown fields: it may have {', '.join(names) or 'none'}"

    def values(self, scope: Scope, other_names: Collection[str]) -> dict[str, dict[str, Any]]:
        """The values of the parameters that were sent, or have defaults, by location and name.

        Args:
            scope: ASGI's.
            other_names: further names that may be in the query, used by security schemes.

        Raises:
            Refusal: they do not fit the contract.
        """
        query = read_query(scope)
        spare = [name for name, _ in query if not any(each.owns(name) for each in self._query)]
        sent = Sent(scope.get("path_params", {}), query, spare, Headers(scope=scope))
        faults: list[Fault] = []
        values: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        if not self._takes_others and any(name not in other_names for name in spare):
            faults.append(fault((), self._unknown))
        for each in self._all:
            value, found = value_and_faults(each, sent)
            faults += found
            if value is not ABSENT:
                values[each.location][each.name] = value
        if faults:
            raise Refusal.for_faults(faults)
        return values


def value_and_faults(parameter: OneParameter, sent: Sent) -> tuple[object, list[Fault]]:
    """A parameter's value, or its default, or ABSENT; and its faults.

    Raises:
        Refusal: its percent-encoding cannot be read.
    """
    try:
        value = parameter.value(sent)
    except StyleError as error:
        return ABSENT, [fault((parameter.name,), str(error))]
    except UnicodeDecodeError:
        raise unreadable() from None
    if value is ABSENT:
        missing = [fault((parameter.name,), "is required")] if parameter.is_required else []
        return ABSENT if parameter.default is None else parameter.default, missing
    faults = list(parameter.schema.faults(value, () if parameter.is_spread else (parameter.name,)))
    if faults or (value is None and not parameter.is_required):
        return ABSENT, faults
    return parameter.schema.without_nulls(value), []


def from_json(text: str) -> object:
    """Decodes a JSON text; raises StyleError if it is not JSON."""
    try:
        return json_document.decode(text.encode())
    except Refusal:
        raise StyleError("must be JSON") from None


def read_query(scope: Scope) -> Pairs:
    """The pairs of a query; raises a Refusal if it cannot be read."""
    return decoded_pairs(scope["query_string"])


def decoded_pairs(text: bytes) -> Pairs:
    """The pairs of a query, or of a body in the same notation; raises a Refusal if it cannot be read."""
    if text.count(b"&") >= MAX_FIELDS:
        raise Refusal(400, f"There are more than {MAX_FIELDS} parameters: send fewer.")
    try:
        return list(styles.query_pairs(text.decode("ascii")))
    except ValueError:
        raise unreadable() from None


def unreadable() -> Refusal:
    """The refusal of a query whose encoding is broken."""
    return Refusal(400, "The query cannot be read: percent-encode its values as UTF-8.")
