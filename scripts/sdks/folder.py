"""Puts a generated client into a folder: folder.py FOLDER LANGUAGE [CLIENT].

A list in the folder names the client's files. Only these are ever replaced or removed. Without CLIENT, it only checks
that the folder can take one.
"""

import shutil
import sys
from pathlib import Path

LIST = ".specsight-client"  # the client's language, then its files, one per line


class Refused(Exception):
    """The folder has other files; the message says what to do."""


def list_files(folder: Path, language: str) -> list[str]:
    """The files of the client in a folder; empty if the folder is new or empty.

    Raises:
        Refused: the folder has other files.
    """
    file = folder / LIST
    if file.is_file():
        made_for, *files = file.read_text("utf-8").splitlines()
        if made_for != language:
            raise Refused(f"{folder} holds the client in {made_for}: give each language a folder of its own.")
        return files
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not empty, and holds no client that scripts/sdk made: name another folder.")
    return []


def replace_client(client: Path, folder: Path, language: str) -> None:
    """Replaces the client in a folder by a new one.

    Raises:
        Refused: the folder has other files, perhaps with the names of the client's.
    """
    old = list_files(folder, language)
    new = sorted(str(file.relative_to(client)) for file in client.rglob("*") if file.is_file())
    taken = [name for name in new if name not in old and (folder / name).exists()]
    if taken:
        raise Refused(f"{folder / taken[0]} is not the client's: move it, or name another folder.")
    for name in old:
        (folder / name).unlink(missing_ok=True)
    for name in new:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(client / name, folder / name)
    (folder / LIST).write_text("\n".join([language, *new, ""]), "utf-8")
    for parent in sorted({folder / parent for name in old for parent in Path(name).parents}, reverse=True):
        if parent != folder and parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()


def main(folder: str, language: str, client: str = "") -> None:
    """Runs the command line."""
    if not client:
        list_files(Path(folder), language)
        return
    replace_client(Path(client), Path(folder), language)
    print(f"Generated {folder}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as refused:
        sys.exit(str(refused))
