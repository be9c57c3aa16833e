"""Reads YAML and JSON files, with line numbers.

Uses libyaml if PyYAML has it, as its wheels do: create_app() then takes a tenth of the time.
"""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import yaml

from web.contract.errors import ContractError

Steps = tuple[str | int, ...]  # keys and indices that lead from a document's root to a part of it
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_HOPS = 100  # from reference to reference
TAGS = {
    "bool": re.compile("^(?:true|True|TRUE|false|False|FALSE)$"),
    "timestamp": None,
}  # where YAML 1.2 differs from 1.1


class ContractLoader(Loader):  # type: ignore[misc]  # one of two classes
    """A safe loader for YAML as OpenAPI wants it: by the rules of YAML 1.2, and each key once.

    A date is text, and so are `yes`, `no`, `on` and `off`, as in the tools that read YAML 1.2.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """The mapping of a node."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value} stands here for the second time", key.start_mark
                )
            seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _core_resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """PyYAML's rules for numbers, booleans and so on, without those that only YAML 1.1 has."""
    resolvers = {}
    for first, rules in Loader.yaml_implicit_resolvers.items():
        kept = [(tag, TAGS.get(tag.rpartition(":")[2], pattern)) for tag, pattern in rules]
        resolvers[first] = [(tag, pattern) for tag, pattern in kept if pattern]
    return resolvers


ContractLoader.yaml_implicit_resolvers = _core_resolvers()


def read(text: str) -> Any:
    """Parses a text; raises yaml.YAMLError if it is not YAML."""
    return yaml.load(text, ContractLoader)  # noqa: S506  # the loader is a safe one


def tree(text: str) -> Any:
    """Parses a text to nodes, which know their lines; raises yaml.YAMLError if it is not YAML."""
    return yaml.compose(text, ContractLoader)


@dataclass(frozen=True)
class Document:
    """A file.

    Attributes:
        name: for messages.
        text: as its authors wrote it.
        content: the parsed text.
        files: the files that it was read from.
    """

    name: str
    text: str
    content: Any
    files: tuple[PurePosixPath, ...] = ()

    @classmethod
    def parse(cls, name: str, text: str) -> "Document":
        """Parses a file's text.

        Raises:
            ContractError: it is not YAML.
        """
        try:
            return cls(name, text, _with_text_keys(read(text)))
        except yaml.MarkedYAMLError as error:
            line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
            raise ContractError(f"{name}{line}: this is not YAML: {error.problem}.") from None
        except yaml.YAMLError:
            raise ContractError(f"{name}: this is not YAML: it holds a character that YAML does not allow.") from None
        except RecursionError:
            raise ContractError(f"{name}: this is nested too deeply.") from None
        except (KeyError, ValueError):
            raise ContractError(f"{name}: this is not YAML: it holds a number or a tag that cannot be read.") from None

    def at(self, steps: Sequence[str | int]) -> Any:
        """The part of the document at these steps; raises LookupError or TypeError if there is none."""
        part = self.content
        for step in steps:
            part = part[int(step) if isinstance(part, list) else step]
        return part

    def follow(self, value: Any) -> Any:
        """The final target of a reference; any other value itself.

        Raises:
            LookupError, TypeError, ValueError: it leads nowhere.
        """
        for _ in range(MAX_HOPS):
            if not isinstance(value, dict) or "$ref" not in value:
                return value
            if not value["$ref"].startswith("#/"):
                break
            value = self.at(steps_of(value["$ref"]))
        raise LookupError

    def error(self, steps: Sequence[str | int], sentence: str) -> ContractError:
        """An error at a place."""
        return ContractError(f"{self.name}, line {self.line(steps)}, {pointer(steps)}: {sentence}")

    def line(self, steps: Sequence[str | int]) -> int:
        """The line, from 1, of the part at these steps, or of the nearest part around it."""
        node = self._tree
        line: int = node.start_mark.line if node else 0
        for step in steps:
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line
                continue
            pairs = node.value if isinstance(node, yaml.MappingNode) else ()
            found = next((pair for pair in pairs if pair[0].value == str(step)), None)
            if not found:
                break
            line, node = found[0].start_mark.line, found[1]
        return line + 1

    @cached_property
    def _tree(self) -> Any:
        return tree(self.text)


def pointer(steps: Sequence[str | int]) -> str:
    """A JSON Pointer (RFC 6901), as the fragment of a reference."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def steps_of(fragment: str) -> Steps:
    """The steps of a JSON Pointer."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in fragment.split("/")[1:])


def _with_text_keys(content: Any) -> Any:
    """A document whose keys are texts, as in JSON: YAML reads 200 as a number."""
    if isinstance(content, dict):
        return {key if isinstance(key, str) else _text(key): _with_text_keys(value) for key, value in content.items()}
    return [_with_text_keys(item) for item in content] if isinstance(content, list) else content


def _text(key: object) -> str:
    return str(key).lower() if key is None or isinstance(key, bool) else str(key)
