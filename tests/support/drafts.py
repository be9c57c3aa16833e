"""Drafts of the contract with several mistakes each, where every draft costs a slow program's run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.support.contracts import replaced

Mistake = tuple[str, str, str]  # a text of the contract, its replacement, and the finding


@dataclass
class Draft:
    """The contract with mistakes that have different findings."""

    text: str
    findings: set[str] = field(default_factory=set)
    mistakes: set[str] = field(default_factory=set)


def drafts(contract: str, mistakes: Mapping[str, Mistake]) -> list[Draft]:
    """Drafts with all mistakes, none of which touches another's text or has another's finding."""
    made: list[Draft] = []
    for name, (text, replacement, finding) in mistakes.items():
        count = contract.count(text)
        fitting = (each for each in made if finding not in each.findings and each.text.count(text) == count)
        draft = next(fitting, None)
        if draft is None:
            draft = Draft(contract)
            made.append(draft)
        draft.text = replaced(draft.text, text, replacement)
        draft.findings.add(finding)
        draft.mistakes.add(name)
    return made
