"""Splits parameters into texts by the styles of OpenAPI 3.0.

connexion's parser splits form values after it has joined them, so that a comma inside a value breaks it. It supports
objects only as deepObject, neither label nor matrix, and reads neither headers nor cookies. Sources: OpenAPI 3.0.3,
"Style Values"; RFC 6570 for label and matrix.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import unquote, unquote_plus

from web.contract import Parameter
from web.validation.texts import Texts

Pairs = list[tuple[str, str]]  # names, and values as they were sent

DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}


class StyleError(ValueError):
    """A text does not follow its style; the message says how to write it."""


def decode(text: str) -> str:
    """Decodes the percent-encoding of a part of a query; raises UnicodeDecodeError if it is not UTF-8."""
    return unquote_plus(text, errors="strict")


def from_pairs(parameter: Parameter, pairs: Pairs, kind: str, *, splits: bool) -> Texts | None:
    """A parameter of a query, a cookie or a form, from the pairs that may belong to it.

    Args:
        parameter: its style is form, spaceDelimited, pipeDelimited or deepObject.
        pairs: all pairs that were sent, with values still percent-encoded.
        kind: the type of its schema.
        splits: True if a percent-encoded comma divides items, too, because they are not texts.

    Returns:
        Texts; None if nothing was sent.

    Raises:
        StyleError: it is not written in its style.
    """
    if parameter.style == "deepObject":
        return _deep_object(parameter.name, pairs)
    values = [value for key, value in pairs if key == parameter.name]
    if not any(values):
        return None
    if kind == "array" and parameter.explode:
        return [decode(value) for value in values]
    if len(values) > 1:
        raise StyleError("must be sent once")
    if kind not in {"array", "object"}:
        return decode(values[0])
    if parameter.style in DELIMITERS:
        items = decode(values[0]).split(DELIMITERS[parameter.style])
    elif splits:
        items = decode(values[0]).split(",")
    else:
        items = [decode(item) for item in values[0].split(",")]
    return _members(items) if kind == "object" else items


def from_members(names: Sequence[str], pairs: Pairs) -> dict[str, str]:
    """An exploded object of a query, with one pair per member.

    Args:
        names: of the members.
        pairs: of the query.

    Raises:
        StyleError: a member was sent twice.
    """
    found = [(name, value) for name, value in pairs if name in names]
    members = dict(found)
    if len(members) < len(found):
        raise StyleError("must be sent once")
    return {name: decode(value) for name, value in members.items()}


def from_header(text: str, kind: str, *, explode: bool) -> Texts:
    """A header in the simple style; raises StyleError if it is not."""
    if kind not in {"array", "object"}:
        return text.strip()
    items = [item.strip() for item in text.split(",")]
    if kind == "array":
        return items
    return _assigned(items) if explode else _members(items)


def from_path(parameter: Parameter, text: str, kind: str) -> Texts:
    """A parameter in a path, already decoded; raises StyleError if it is not in its style."""
    if parameter.style == "matrix":
        return _matrix(parameter.name, text, kind, explode=parameter.explode)
    if parameter.style == "label":
        if not text.startswith("."):
            raise StyleError("must start with a dot")
        text = text[1:]
        # OpenAPI 3.0.3 divides by dots, RFC 6570 and OpenAPI 3.0.4 by commas.
        items = text.split("." if parameter.explode or "," not in text else ",")
    else:
        items = text.split(",")
    if kind not in {"array", "object"}:
        return text
    if kind == "array":
        return items
    return _assigned(items) if parameter.explode else _members(items)


def _matrix(name: str, text: str, kind: str, *, explode: bool) -> Texts:
    head, *parts = text.split(";")
    pairs = [part.partition("=")[::2] for part in parts]
    if head or not parts:
        raise StyleError("must start with a semicolon")
    if kind == "object" and explode:
        return dict(pairs)
    if any(key != name for key, _ in pairs):
        raise StyleError(f"must be written as ;{name}=…")
    values = [value for _, value in pairs]
    if kind == "array" and explode:
        return values
    if len(values) > 1:
        raise StyleError("must be sent once")
    if kind == "array":
        return values[0].split(",")
    return _members(values[0].split(",")) if kind == "object" else values[0]


def _deep_object(name: str, pairs: Pairs) -> Texts | None:
    members: dict[str, list[str]] = {}
    for key, value in pairs:
        if key.startswith(f"{name}[") and key.endswith("]"):
            members.setdefault(key[len(name) + 1 : -1], []).append(decode(value))
    return {key: values[0] if len(values) == 1 else values for key, values in members.items()} or None


def _members(items: Sequence[str]) -> dict[str, str]:
    """The object written as name, value, name, value."""
    if len(items) % 2:
        raise StyleError("must be written as name,value,name,value")
    return dict(zip(items[::2], items[1::2], strict=True))


def _assigned(items: Sequence[str]) -> dict[str, str]:
    """The object written as name=value, name=value."""
    if not all("=" in item for item in items):
        raise StyleError("must be written as name=value,name=value")
    return {name: value for name, _, value in (item.partition("=") for item in items)}


def query_pairs(query: str) -> Iterator[tuple[str, str]]:
    """Yields the pairs of a query, or of a form in the same notation."""
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            yield decode(name), value


def cookie_pairs(header: str) -> Iterator[tuple[str, str]]:
    """Yields the pairs of a Cookie header."""
    for part in header.split(";"):
        name, separator, value = part.strip().partition("=")
        if separator:
            yield unquote(name), value.strip('"').replace("+", "%2B")  # a plus does not stand for a space here
