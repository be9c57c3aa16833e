"""Finds the model files in a folder."""

import stat
from dataclasses import dataclass
from pathlib import Path

from detector.errors import UnusableModel

SUFFIX = ".tflite"
IN_FOLDER = f"model{SUFFIX}"  # a model's file in a folder of its own
MAX_BYTES = 1 << 30

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
        twin: the title of another model with this name, which takes precedence; empty for none.
    """

    name: str
    path: Path
    title: str
    twin: str = ""

    def check(self) -> None:
        """Raises UnusableModel if this is not a file, is empty or too large, or has a name that callers cannot use.

        Does not open it: that could block, or never end. The files that the kernel makes up, such as those in /proc,
        may block, too; they count as empty.
        """
        if self.twin:
            raise UnusableModel(f"{self.title} has the name of {self.twin}: rename one of them.")
        if not self.name.isprintable():  # nor are the bytes of a name that are not UTF-8
            raise UnusableModel(f"{self.title} has a name that callers cannot write: rename it, with letters alone.")
        try:
            status = self.path.stat()
        except FileNotFoundError:
            if self.path.is_symlink():
                raise UnusableModel(
                    f"{self.title} is a link to a file that is not there: link it to the model's file."
                ) from None
            raise UnusableModel(f"{self.title} has gone while the folder was read: put it back.") from None
        except OSError:
            raise UnusableModel(f"{self.title} cannot be read: let the service's user read it.") from None
        if not stat.S_ISREG(status.st_mode):
            raise UnusableModel(f"{self.title} {KINDS.get(stat.S_IFMT(status.st_mode), KINDS[stat.S_IFIFO])}")
        if not status.st_size:
            raise UnusableModel(f"{self.title} is empty: get the file again.")
        if status.st_size > MAX_BYTES:
            raise UnusableModel(f"{self.title} is larger than {MAX_BYTES >> 30} GiB: bring a smaller model.")


def entries(folder: Path) -> list[Entry]:
    """The models of a folder, by name: NAME.tflite and NAME/model.tflite. Skips names that begin with a dot.

    Raises:
        UnusableModel: the folder does not exist or cannot be read.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        raise UnusableModel(f"There is no folder {folder}: create it and put .tflite files into it.") from None
    except NotADirectoryError:
        raise UnusableModel(f"{folder} is a file and not a folder: name the folder that the models are in.") from None
    except OSError:
        raise UnusableModel(f"The folder {folder} cannot be read: let the service's user read it.") from None
    files = {path.name for path in paths if path.suffix == SUFFIX}
    found = []
    for path in paths:
        if path.suffix == SUFFIX:
            found.append(Entry(path.stem, path, path.name))
        elif is_entry(path / IN_FOLDER):
            twin = f"{path.name}{SUFFIX}" if f"{path.name}{SUFFIX}" in files else ""
            found.append(Entry(path.name, path / IN_FOLDER, f"{path.name}/{IN_FOLDER}", twin))
    return found


def is_entry(path: Path) -> bool:
    """True if anything exists at a path, dead links included."""
    try:
        path.lstat()
    except OSError:
        return False
    return True
