"""Prints the contract for clients: openapi.yml without the operations for other services' clients.

With --simple, it is simplified for generators:

- Nothing is nullable. In requests null means absent, and a client omits what it does not state.
- Base64 is text. Half of the generators take bytes for it, and then forget to encode them.
- Operations that need no token take one as all others do: some generators would require it.
- Requests have no examples, which generators would repeat in comments, the photo included.
- The server is the one that scripts/serve starts, which becomes the clients' default.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from web.contract import Contract  # noqa: E402 - the service's modules lie beside this folder

TAG = "compatibility"
SERVER = {"url": "http://127.0.0.1:5000", "description": "The server that scripts/serve starts"}
LONG = 1000  # characters of an example; only the photo has more


def simple(node: Any) -> Any:
    """A part of a contract, simplified."""
    if isinstance(node, list):
        return [simple(item) for item in node if item is not None]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if key != "examples" and not _has_photo(key, value)}
    if kept.get("nullable") is True:
        del kept["nullable"]
    if kept.get("format") == "byte":
        del kept["format"]
    if "operationId" in kept and {} in kept.get("security", ()):
        del kept["security"]
    return {key: simple(value) for key, value in kept.items()}


def _has_photo(key: str, value: Any) -> bool:
    return key == "example" and len(str(value)) > LONG


def main() -> None:
    """Prints the contract that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(f"--{TAG}", action="store_true", help="keep those operations")
    parser.add_argument("--simple", action="store_true", help="for generators")
    arguments = parser.parse_args()
    contract = Contract.read(ROOT / "openapi.yml")
    if not arguments.compatibility:
        contract = contract.without(TAG)
    text = contract.text
    if arguments.simple:
        text = yaml.safe_dump(simple(contract.document) | {"servers": [SERVER]}, sort_keys=False, width=LONG)
    print(text, end="")


if __name__ == "__main__":
    main()
