"""Reads contracts from files and git revisions."""

import subprocess
from pathlib import Path, PurePosixPath

from web.contract.bundle import bundle
from web.contract.documents import Document
from web.contract.errors import ContractError

NAME = "openapi.yml"  # of the contract in a revision


def read_document(source: str, root: Path) -> Document:
    """The document in a file or at a git revision, bundled with all files that it refers to.

    Args:
        source: a path, absolute or relative to the root, or a revision.
        root: the folder of the repository.

    Raises:
        ContractError: no such file or revision exists, or it cannot be read.
    """
    path = root / source
    if path.is_file():
        return bundle(PurePosixPath(path), lambda file: Path(file).read_text("utf-8"))

    def show(file: PurePosixPath) -> str:
        done = subprocess.run(  # noqa: S603 - without a shell
            ["git", "-C", root, "show", f"{source}:./{file}"],  # noqa: S607 - the user's git
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise FileNotFoundError(file)
        return done.stdout.decode()

    try:
        show(PurePosixPath(NAME))
    except OSError:
        raise ContractError(f"There is no file {source}, and no git revision of this name with an {NAME}.") from None
    return bundle(PurePosixPath(NAME), show)
