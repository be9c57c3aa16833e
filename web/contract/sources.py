"""Where contracts are read from: files, and git revisions."""

import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from web.contract.contract import Contract
from web.contract.errors import ContractError

NAME = "openapi.yml"  # of the contract in a revision


def read_source(source: str, root: Path) -> tuple[Contract, Sequence[Path]]:
    """The contract in a file, or as it was at a git revision, and the files to watch for changes.

    Args:
        source: a path, absolute or relative to the root, or a revision.
        root: the folder of the repository.

    Raises:
        ContractError: there is neither such a file nor such a revision, or the contract cannot be kept.
    """
    path = root / source
    if path.is_file():
        contract = Contract.read(path)
        return contract, [Path(file) for file in contract.files]

    def show(file: PurePosixPath) -> str:
        done = subprocess.run(  # noqa: S603 - without a shell
            ["git", "-C", root, "show", f"{source}:./{file}"],  # noqa: S607 - the git that people use
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise FileNotFoundError(file)
        return done.stdout

    try:
        show(PurePosixPath(NAME))
    except OSError:
        raise ContractError(f"There is no file and no git revision {source} with an {NAME}.") from None
    return Contract.read(Path(NAME), show), ()
