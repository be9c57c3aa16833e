"""Finds the model files in a folder."""

import stat
from dataclasses import dataclass
from pathlib import Path

from detector.errors import UnusableModel

SUFFIX = ".tflite"
IN_FOLDER = f"model{SUFFIX}"  # a model's file in a folder of its own

# Kinds of paths that are not files, and what to do about them.
KINDS = {
    stat.S_IFDIR: "is a folder and not a model: put the model's file in its place.",
    stat.S_IFIFO: "is a pipe and not a file: put the model's file in its place.",
    stat.S_IFSOCK: "is a socket and not a file: put the model's file in its place.",
    stat.S_IFCHR: "is a device and not a file: put the model's file in its place.",
    stat.S_IFBLK: "is a device and not a file: put the model's file in its place.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A model in a folder.

    Attributes:
        name: its name for callers.
        path: its file.
        title: the file's name in messages.
    """

    name: str
    path: Path
    title: str

    def check(self) -> None:
        """Raises UnusableModel if this is not a file, or callers could not write its name.

        Does not open it: that could block, or never end.
        """
        if not self.name.isprintable():  # nor are the bytes of a name that are not UTF-8
            raise UnusableModel(f"{self.title} has a name that callers cannot write: rename it, with letters alone.")
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            if self.path.is_symlink():
                raise UnusableModel(
                    f"{self.title} is a link to a file that is not there: link it to the model's file."
                ) from None
            raise UnusableModel(f"{self.title} has gone while the folder was read: put it back.") from None
        except OSError:
            raise UnusableModel(f"{self.title} cannot be read: let the service's user read it.") from None
        if not stat.S_ISREG(mode):
            raise UnusableModel(f"{self.title} {KINDS.get(stat.S_IFMT(mode), KINDS[stat.S_IFIFO])}")


def entries(folder: Path) -> list[Entry]:
    """The models of a folder, by name: NAME.tflite and NAME/model.tflite. Skips names that begin with a dot.

    Raises:
        UnusableModel: the folder does not exist, cannot be read, or has two models of one name.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        raise UnusableModel(f"There is no folder {folder}: create it and put .tflite files into it.") from None
    except NotADirectoryError:
        raise UnusableModel(f"{folder} is a file and not a folder: name the folder that the models are in.") from None
    except OSError:
        raise UnusableModel(f"The folder {folder} cannot be read: let the service's user read it.") from None
    found: dict[str, Entry] = {}
    for path in paths:
        if path.suffix == SUFFIX:
            entry = Entry(path.stem, path, path.name)
        elif is_entry(path / IN_FOLDER):
            entry = Entry(path.name, path / IN_FOLDER, f"{path.name}/{IN_FOLDER}")
        else:
            continue
        if entry.name in found:
            raise UnusableModel(f"{entry.title} and {found[entry.name].title} have one name: rename one of them.")
        found[entry.name] = entry
    return list(found.values())


def is_entry(path: Path) -> bool:
    """True if anything exists at a path, dead links included."""
    try:
        path.lstat()
    except OSError:
        return False
    return True
