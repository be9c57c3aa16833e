"""The contract as a document: its text, its operations, and whether it can be served."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from web import documents, excerpt

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class ContractError(RuntimeError):
    """The contract cannot be served; the message says which part of it, and why."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract.

    Attributes:
        id: its operationId.
        tag: its first tag.
        media_type: what its body is; None where it takes none.
        answer_type: the media type of its answer where all goes well.
    """

    id: str
    tag: str
    media_type: str | None
    answer_type: str


@dataclass(frozen=True, slots=True)
class Contract:
    """An OpenAPI document.

    Attributes:
        name: its file's.
        text: as its authors wrote it.
        operations: in their order.
    """

    name: str
    text: str
    operations: tuple[Operation, ...]

    @classmethod
    def read(cls, path: Path) -> "Contract":
        """Read a document.

        Raises:
            ContractError: it is not YAML, or an operation has no id, no tag, or another's id.
        """
        return cls.parse(path.name, path.read_text("utf-8"))

    @classmethod
    def parse(cls, name: str, text: str) -> "Contract":
        """A document from its text; it raises what `read` does."""
        try:
            operations = tuple(_operations(documents.read(text)))
        except (yaml.YAMLError, AttributeError, KeyError, TypeError):
            raise ContractError(f"{name} is not an OpenAPI document in YAML: lint it to see where it breaks.") from None
        ids = [operation.id for operation in operations]
        for twice in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
            raise ContractError(f"{name} gives the operationId {twice} to two operations: name each once.")
        return cls(name, text, operations)

    @property
    def document(self) -> dict[str, Any]:
        """What the text says."""
        document: dict[str, Any] = documents.read(self.text)
        return document

    def without(self, tag: str) -> "Contract":
        """The same document without the operations of a tag, as if they had never been written; see web/excerpt.py."""
        try:
            return Contract.parse(self.name, excerpt.without(self.text, tag))
        except (AttributeError, KeyError, TypeError):
            return self  # not a valid document: connexion, which is given it next, says where


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document.get("paths", {}).items():
        for method in filter(item.__contains__, METHODS):
            operation = item[method]
            where = f"{method.upper()} {path}"
            if not operation.get("operationId"):
                raise ContractError(
                    f"{where} has no operationId: name the function that handles it, in lowerCamelCase."
                )
            if not operation.get("tags"):
                raise ContractError(f"{where} has no tag: name the module of handlers/ that it belongs to.")
            media_types = list(operation.get("requestBody", {}).get("content", {}))
            yield Operation(
                operation["operationId"],
                operation["tags"][0],
                media_types[0] if media_types else None,
                _answer_type(document, operation),
            )


def _answer_type(document: dict[str, Any], operation: dict[str, Any]) -> str:
    answer = operation.get("responses", {}).get("200", {})
    for step in answer.get("$ref", "#").split("/")[1:]:
        document = document[step]
    content = (document if "$ref" in answer else answer).get("content", {})
    return next(iter(content), "application/json")
