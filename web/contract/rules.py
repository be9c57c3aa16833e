"""The rules that a contract must follow so that the service can keep it."""

from collections.abc import Callable, Iterator

from web.contract import examples, metaschema, operations, paths, references, requests, schemas, security
from web.contract.documents import Document
from web.contract.metaschema import Flaw
from web.contract.structure import Part, parts

Rule = Callable[[Document, Part], Iterator[Flaw]]
RULES: dict[str, list[Rule]] = {  # by the kind of object
    "Document": [paths.document_flaws],
    "PathItem": [paths.path_flaws],
    "Operation": [operations.operation_flaws],
    "Parameter": [requests.parameter_flaws],
    "RequestBody": [requests.body_flaws],
    "Response": [operations.response_flaws],
    "MediaType": [requests.media_type_flaws],
    "Schema": [schemas.flaws],
    "SecurityScheme": [security.scheme_flaws],
}


def check(document: Document) -> None:
    """Raises a ContractError for the first flaw of a document."""
    if not isinstance(document.content, dict):
        raise document.error(
            (), "this is not an OpenAPI document: it has to be a mapping, with `openapi`, `info` and `paths`."
        )
    for flaw in flaws(document):
        raise document.error(*flaw)


def flaws(document: Document) -> Iterator[Flaw]:
    """Yields the flaws of a document; later ones may be consequences of earlier ones."""
    yield from metaschema.flaws(document.content)
    for part in parts(document.content):
        yield from references.flaws(document, part)
    for part in parts(document.content):
        yield from _flaws(document, part)
    yield from schemas.value_flaws(document)
    yield from examples.flaws(document)


def _flaws(document: Document, part: Part) -> Iterator[Flaw]:
    if "$ref" not in part.value:
        for rule in RULES.get(part.kind, ()):
            yield from rule(document, part)
