"""Prints the contract that clients are made of: openapi.yml without the operations for other services' clients."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from web.contract import Contract  # noqa: E402 - the service's modules lie beside this folder

TAG = "compatibility"


def main() -> None:
    """Print the contract that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(f"--{TAG}", action="store_true", help="keep those operations")
    contract = Contract.read(ROOT / "openapi.yml")
    if not parser.parse_args().compatibility:
        contract = contract.without(TAG)
    print(contract.text, end="")


if __name__ == "__main__":
    main()
