"""The contract, parsed once per process: every service that a test makes would spend a fifth of a second on it."""

import functools
from dataclasses import dataclass
from pathlib import Path

from tests.support.server import ROOT
from web.contract import Contract

OURS = ROOT / "openapi.yml"


@dataclass(frozen=True)
class SharedContract(Contract):
    """Takes the place of Contract in app.py."""

    @classmethod
    def read(cls, source: str | Path, root: Path = Path()) -> Contract:
        """Reads a document; openapi.yml only once."""
        return _whole() if source == OURS else Contract.read(source, root)

    def without(self, tag: str) -> Contract:
        """The same document without the operations of a tag, made only once."""
        return _without(tag)


@functools.cache
def _whole() -> Contract:
    return SharedContract(Contract.read(OURS)._document)


@functools.cache
def _without(tag: str) -> Contract:
    return Contract.without(_whole(), tag)
