"""The contract: its text and its operations, checked so that the service can keep it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from web.contract import excerpt, rules
from web.contract.documents import Document, Steps
from web.contract.operations import operations, parameters, success
from web.contract.routes import routes
from web.contract.sources import read_document

Follow = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation.

    Attributes:
        name: its name in requests.
        location: path, query, header or cookie.
        schema: its schema; may contain references.
        style, explode: its notation.
        is_json: True if it is a JSON text instead.
    """

    name: str
    location: str
    required: bool
    schema: Mapping[str, Any]
    style: str
    explode: bool
    is_json: bool

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "Parameter":
        """Makes a parameter of a Parameter Object."""
        location = value["in"]
        style = value.get("style", "simple" if location in {"path", "header"} else "form")
        content = next(iter(value.get("content", {}).values()), None)
        return cls(
            name=value["name"],
            location=location,
            required=value.get("required", False),
            schema=value["schema"] if content is None else content.get("schema", {}),
            style=style,
            explode=value.get("explode", style == "form"),
            is_json=content is not None,
        )


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract.

    Attributes:
        id: its operationId.
        tag: its first tag.
        steps: the steps to it in the document.
        parameters: its own and its path's.
        body: the Media Type Objects of its request, by media type.
        body_required: True if a request without a body is refused.
        responses: the Response Objects, by status; references are followed.
    """

    id: str
    tag: str
    steps: Steps
    parameters: tuple[Parameter, ...]
    body: Mapping[str, Mapping[str, Any]]
    body_required: bool
    responses: Mapping[str, Mapping[str, Any]]

    @property
    def media_type(self) -> str | None:
        """The media type of its body, the first of several; None without a body."""
        return next(iter(self.body), None)

    @property
    def statuses(self) -> list[int]:
        """The statuses of its successes."""
        return [int(status.replace("XX", "00")) if status != "default" else 200 for status in success(self.responses)]

    @property
    def answer(self) -> Mapping[str, Any]:
        """The Response Object of its success, the first of several."""
        return self.responses[success(self.responses)[0]]

    @property
    def answer_type(self) -> str | None:
        """The media type of its success; None without a body."""
        return next(iter(self.answer.get("content", {})), None)


@dataclass(frozen=True)
class Contract:
    """An OpenAPI document that the service can keep."""

    _document: Document

    @classmethod
    def read(cls, source: str | Path, root: Path = Path()) -> "Contract":
        """Reads a document, and all files that it refers to.

        Args:
            source: a path, absolute or relative to the root, or a git revision with an openapi.yml.
            root: the folder of the repository.

        Raises:
            ContractError: it cannot be read, is not OpenAPI 3.0, or promises more than the service can keep.
        """
        return cls._check(read_document(str(source), root))

    @classmethod
    def parse(cls, name: str, text: str) -> "Contract":
        """Parses a document's text; raises the same errors as `read`."""
        return cls._check(Document.parse(name, text))

    @classmethod
    def _check(cls, document: Document) -> "Contract":
        rules.check(document)
        return cls(document)

    @property
    def name(self) -> str:
        """The name of its file."""
        return self._document.name

    @property
    def files(self) -> list[Path]:
        """The files that it was read from, to watch for changes; empty for a git revision."""
        return [Path(file) for file in self._document.files if file.is_absolute()]

    @property
    def text(self) -> str:
        """The document as its authors wrote it; bundled if they wrote several files."""
        return self._document.text

    @property
    def document(self) -> dict[str, Any]:
        """The parsed text."""
        content: dict[str, Any] = self._document.content
        return content

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.document["info"]["title"])

    @property
    def base_path(self) -> str:
        """The path of the first server, below which everything is served, without a slash at its end."""
        server = (self.document.get("servers") or [{"url": "/"}])[0]
        defaults = {name: variable["default"] for name, variable in server.get("variables", {}).items()}
        url = str(server["url"]).format(**defaults)
        return urljoin("/", urlsplit(url).path).rstrip("/")

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The operations, in the document's order."""
        return tuple(self._operation(steps, value) for steps, value in operations(self._document))

    @cached_property
    def routes(self) -> dict[str, Any]:
        """The document for connexion; see routes.py."""
        return routes(self._document)

    def follow(self, value: Any) -> Any:
        """The target of a reference; any other value itself."""
        return self._document.follow(value)

    def error(self, steps: Steps, sentence: str) -> Exception:
        """A ContractError that names a place."""
        return self._document.error(steps, sentence)

    def without(self, tag: str) -> "Contract":
        """The same document without the operations of a tag; see excerpt.py."""
        return Contract(Document.parse(self.name, excerpt.without(self.text, tag)))

    def _operation(self, steps: Steps, value: Mapping[str, Any]) -> Operation:
        item = self.follow(self._document.at(steps[:-1]))
        body = self.follow(value.get("requestBody", {}))
        return Operation(
            id=value["operationId"],
            tag=value["tags"][0],
            steps=steps,
            parameters=tuple(Parameter.of(each) for _, each in parameters(self._document, item, str(steps[-1]))),
            body=body.get("content", {}),
            body_required=body.get("required", False),
            responses={status: self.follow(each) for status, each in value["responses"].items()},
        )
