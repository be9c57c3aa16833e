"""Converts texts of queries, paths, headers, cookies and forms to the types of a schema."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from web.jsonschema.forms import forms_of, members_of

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
INTEGER = re.compile(r"[+-]?\d{1,40}")
BOOLEANS = {
    **dict.fromkeys(("true", "1", "on", "yes"), True),
    **dict.fromkeys(("false", "0", "off", "no"), False),
}
CONVERSIONS: dict[str, Callable[[str], object]] = {  # other texts stay unconverted, and validation refuses them
    "null": lambda text: None if text == "null" else text,
    "boolean": lambda text: BOOLEANS.get(text.lower(), text),
    "integer": lambda text: int(text) if INTEGER.fullmatch(text) else text,
    "number": lambda text: float(text) if NUMBER.fullmatch(text) and math.isfinite(float(text)) else text,
    "string": lambda text: text,
}

Texts = str | list[Any] | dict[str, Any]  # a text, or texts in a list or an object


class Reader:
    """Converts texts to the types of a schema."""

    def __init__(self, schema: Mapping[str, Any], follow: Callable[[Any], Any]) -> None:
        """Prepares for a schema of the contract.

        Args:
            schema: of the value.
            follow: returns the target of a reference.
        """
        self._follow = follow
        self.forms = list(forms_of(schema, follow))

    def __call__(self, texts: Texts) -> object:
        """Converts texts to a value."""
        if isinstance(texts, list):
            return None if texts == ["null"] and "null" in self.kinds else [self._items(each) for each in texts]
        if isinstance(texts, dict):
            return {name: self.members.get(name, self._others)(each) for name, each in texts.items() if each != ""}
        if self.kinds == ["array"]:
            return self([texts])
        for kind in self.kinds:
            value = CONVERSIONS.get(kind, CONVERSIONS["string"])(texts)
            if not isinstance(value, str):
                return value
        return texts

    @cached_property
    def kinds(self) -> list[str]:
        """The types that a value may have, the narrowest first, so that "1" becomes a number if possible."""
        kinds = {form["type"] for form in self.forms if "type" in form}
        kinds |= {"null"} if any(form.get("nullable") for form in self.forms) else set()
        return [kind for kind in (*CONVERSIONS, "array", "object") if kind in kinds]

    @cached_property
    def is_binary(self) -> bool:
        """True if it is a file, or a list of files."""
        return any(form.get("format") == "binary" for form in [*self.forms, *self._items.forms])

    @cached_property
    def is_measured(self) -> bool:
        """True if its length matters."""
        return any({"minLength", "maxLength"} & form.keys() for form in [*self.forms, *self._items.forms])

    @property
    def item_kinds(self) -> list[str]:
        """The types that the items of a list may have."""
        return self._items.kinds or ["string"]

    @cached_property
    def members(self) -> dict[str, "Reader"]:
        """The readers of an object's members that have schemas of their own."""
        return {name: self._inside(schemas) for name, schemas in members_of(self.forms).items()}

    @cached_property
    def takes_others(self) -> bool:
        """True if the schema allows members of any name."""
        return any(form.get("additionalProperties", False) is not False for form in self.forms)

    @cached_property
    def _others(self) -> "Reader":
        others = [form["additionalProperties"] for form in self.forms if "additionalProperties" in form]
        return self._inside(each for each in others if isinstance(each, Mapping))

    @cached_property
    def _items(self) -> "Reader":
        return self._inside(form["items"] for form in self.forms if "items" in form)

    def _inside(self, schemas: Iterable[Any]) -> "Reader":
        return Reader({"allOf": list(schemas)}, self._follow)
