"""Recognises JSON bodies that were meant for another operation, such as a batch sent to the address for one photo."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas import Fault
from web.contract import JSON_TYPES, Contract
from web.jsonschema.faults import fault


@dataclass(frozen=True)
class Address:
    """The address of an operation that accepts JSON objects.

    Attributes:
        operation: its operationId.
        text: its method and path.
        fields: the fields that its bodies may have.
        required: those that they must have.
    """

    operation: str
    text: str
    fields: frozenset[str]
    required: frozenset[str]

    def fits(self, document: dict[str, object]) -> bool:
        """True if a body has this operation's fields, whatever their values."""
        return self.required <= document.keys() <= self.fields and bool(document)


def addresses(contract: Contract) -> list[Address]:
    """The addresses of all operations that accept JSON objects."""
    found = []
    for operation in contract.operations:
        for media_type, content in operation.body.items():
            schema = contract.follow(content.get("schema", {}))
            if JSON_TYPES.fullmatch(media_type) and "properties" in schema:
                _, path, method = operation.steps
                text = f"{str(method).upper()} {contract.base_path}{path}"
                fields, required = frozenset(schema["properties"]), frozenset(schema.get("required", ()))
                found.append(Address(operation.id, text, fields, required))
    return found


def hints(addresses: Sequence[Address], operation: str, document: object) -> Iterator[Fault]:
    """Yields at most one fault, which names the right address for a body that another operation has got.

    Args:
        addresses: of all operations.
        operation: the one that has got the body, by its operationId.
        document: the body.
    """
    if not isinstance(document, dict):
        return
    fitting = [each for each in addresses if each.fits(document)]
    if fitting and all(each.operation != operation for each in fitting):
        yield fault((), f"has the fields of {fitting[0].text}: send it there")
