"""Finds the files beside a model that describe it: its labels and its sidecar."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

SUFFIX = ".tflite"
SIDECARS = (".yml", ".yaml")
OWN = (".txt", ".pbtxt", ".labels", ".names", "_labels.txt", "-labels.txt", "_labelmap.txt", "_label_map.pbtxt")

# Usual names of label files, in lower case. If a folder has a single model, they belong to it.
SHARED = (
    *("labelmap.txt", "label_map.txt", "labelmap.pbtxt", "label_map.pbtxt", "labels.txt", "label.txt", "labels.pbtxt"),
    *("classes.txt", "class_names.txt", "names.txt", "metadata.yaml", "data.yaml", "data.yml"),
)
SHARED_ENDS = ("labels.txt", "labelmap.txt", "label_map.txt", "label_map.pbtxt", "labelmap.pbtxt", ".names")


def is_file(path: Path) -> bool:
    """True if a path is a file, or leads where this process may not look: reading it will say so."""
    try:
        return path.is_file()
    except PermissionError:
        return True
    except OSError:  # a link whose target has too long a name, for one
        return False


class Beside:
    """The files in a folder of models.

    Attributes:
        has_one_model: True if it has a single model, to which label files of any name belong.
    """

    def __init__(self, folder: Path) -> None:
        """Lists a folder. If it cannot be read, or does not exist, it counts as empty.

        Args:
            folder: the models'.
        """
        try:
            files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        except OSError:
            files = []
        self._files = {path.name.lower(): path for path in reversed(files)}  # if names differ by case, the first
        self._files |= {path.name: path for path in files}
        self._models = [path.stem.lower() for path in files if path.suffix == SUFFIX]
        self.has_one_model = len(self._models) == 1

    def sidecar(self, *stems: str) -> Path | None:
        """The sidecar of a model with these names."""
        return next(self._named(stems, SIDECARS), None)

    def own_labels(self, *stems: str) -> Path | None:
        """The label file named after a model with these names."""
        return next(self._named(stems, OWN), None)

    @cached_property
    def shared_labels(self) -> list[Path]:
        """The label files that are not named after a model, the commonest names first."""
        owned = {f"{model}{end}" for model in self._models for end in OWN}
        names = sorted({path.name.lower() for path in self._files.values()} - owned)
        common = [name for name in SHARED if name in names]
        others = [name for name in names if name.endswith(SHARED_ENDS) and name not in common]
        return [self._files[name] for name in common + others if is_file(self._files[name])]

    def all(self, *stems: str) -> list[Path]:
        """All files that may describe a model with these names."""
        found = [self.sidecar(*stems), self.own_labels(*stems)]
        return [path for path in found if path] + self.shared_labels

    def _named(self, stems: tuple[str, ...], ends: tuple[str, ...]) -> Iterator[Path]:
        for stem in stems:
            for end in ends:
                path = self._files.get(f"{stem}{end}") or self._files.get(f"{stem}{end}".lower())
                if path is not None and is_file(path):
                    yield path
