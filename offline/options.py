"""The options of a feature as options of the command, as openapi.yml describes them."""

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from schemas import Feature
from web.contract import Contract
from web.jsonschema.draft4 import Translator
from web.jsonschema.schema import Schema
from web.validation.parameters import from_json
from web.validation.styles import StyleError
from web.validation.texts import Reader

NAME = "Feature"
MODEL = "model"  # may be given several times: a feature for each
JSON = "JSON"  # the placeholder for lists and objects
SENTENCE = re.compile(r"[.!?](?=\s|$)")


class OptionError(ValueError):
    """An option has a value that the contract does not allow; the message names it."""


class FeatureOptions:
    """The options of a feature on the command line."""

    def __init__(self, contract: Contract) -> None:
        """Reads the schema.

        Args:
            contract: that has it.
        """
        schema = {"$ref": f"#/components/schemas/{NAME}"}
        self._properties: Mapping[str, Any] = contract.follow(schema)["properties"]
        self._readers = Reader(schema, contract.follow).members
        self._schema = Schema(Translator(contract.follow)(schema))
        self._follow = contract.follow

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Adds them to a parser, each by the contract's name and in lower case with hyphens."""
        group = parser.add_argument_group("options of a feature", "They mean what they mean in requests.")
        for name, reader in self._readers.items():
            definition = self._follow(self._properties[name])
            flags = dict.fromkeys((f"--{name}", "--" + re.sub(r"_|(?<=[a-z])(?=[A-Z])", "-", name).lower()))
            is_switch = reader.kinds and set(reader.kinds) <= {"boolean", "null"}
            group.add_argument(
                *flags,
                dest=name,
                action="append",
                metavar="|".join(map(str, filter(None, definition.get("enum", ())))) or self._word(reader),
                help=self._help(name, definition),
                nargs="?" if is_switch else None,
                const="true" if is_switch else None,
            )

    def features(self, arguments: argparse.Namespace) -> list[Feature]:
        """The features on the command line: one for each named model, else one.

        Raises:
            OptionError: an option has a value that the contract does not allow.
        """
        given: dict[str, list[str]] = {name: getattr(arguments, name) or [] for name in self._readers}
        models = given.pop(MODEL, [])
        values = {name: self._value(name, texts) for name, texts in given.items() if any(texts)}
        return [self._feature(values | ({MODEL: model} if model else {})) for model in dict.fromkeys(models or [""])]

    def _value(self, name: str, texts: list[str]) -> object:
        """The value of an option."""
        reader = self._readers[name]
        is_list = "array" in reader.kinds
        if len(texts) > 1 and not is_list:
            raise OptionError(f"--{name} must be given once.")
        if not {"object", "array"} & set(reader.item_kinds if is_list else reader.kinds):
            return reader(texts if is_list else texts[0])
        try:
            values = [from_json(text) for text in texts]
        except StyleError as error:
            raise OptionError(f"--{name} {error}.") from None
        if not is_list:
            return values[0]
        return values if "array" in reader.item_kinds else list(_flat(values))

    def _feature(self, values: dict[str, object]) -> Feature:
        faults = [f"{flag(fault.pointer)} {fault.detail}" for fault in self._schema.faults(values)]
        if faults:
            raise OptionError(f"{'; '.join(faults)}.")
        return msgspec.convert(self._schema.without_nulls(values), Feature)

    def _help(self, name: str, definition: Mapping[str, Any]) -> str:
        """The first sentence of its description."""
        description = " ".join(str(definition.get("description", "")).split())
        end = SENTENCE.search(description)
        more = " May be given several times." if name == MODEL or "array" in self._readers[name].kinds else ""
        if more and self._word(self._readers[name]) == JSON:
            more = " One of them or a list as JSON; may be given several times."
        return (description[: end.end()] if end else description).replace("%", "%%").replace("`", "") + more

    @staticmethod
    def _word(reader: Reader) -> str:
        """The placeholder for its value."""
        kinds = set(reader.item_kinds if "array" in reader.kinds else reader.kinds)
        if kinds & {"object", "array"}:
            return JSON
        return "NUMBER" if kinds & {"integer", "number"} else "yes|no" if "boolean" in kinds else "TEXT"


def flag(pointer: str) -> str:
    """The option that a pointer into a feature is about, with the place in its value."""
    return f"--{pointer.removeprefix('#/').removesuffix('/*')}"


def _flat(values: Iterable[object]) -> Iterator[object]:
    """Yields values, and the items of those that are lists."""
    for value in values:
        yield from value if isinstance(value, list) else [value]
