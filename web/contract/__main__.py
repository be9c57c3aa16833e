"""Checks contracts, or prints one: `python -m web.contract check|print [FILE|REVISION ...]`, by default openapi.yml."""

import sys
from pathlib import Path

from web.contract.errors import ContractError
from web.contract.rules import flaws
from web.contract.sources import NAME, read_document

ROOT = Path(__file__).parents[2]


def main(command: str, *sources: str) -> int:
    """Prints the flaws of contracts, or their bundled texts; the exit status is 1 if there are flaws."""
    status = 0
    for source in sources or (NAME,):
        try:
            document = read_document(source, ROOT)
            found = [str(document.error(*flaw)) for flaw in flaws(document)] if command == "check" else []
        except ContractError as error:
            found = [str(error)]
        else:
            print(document.text if command == "print" else "", end="")
        for line in dict.fromkeys(found):
            print(line, file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
