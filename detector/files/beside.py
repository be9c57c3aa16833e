"""Finds the files beside a model that say something of it: its labels and its sidecar."""

from collections.abc import Iterator
from pathlib import Path

SUFFIX = ".tflite"
SIDECARS = (".yml", ".yaml")
OWN = (".txt", ".pbtxt", ".labels", ".names", "_labels.txt", "-labels.txt", "_labelmap.txt", "_label_map.pbtxt")

# Label files as projects call them, in lower case; they belong to the model of a folder that has but one.
SHARED = (
    *("labelmap.txt", "label_map.txt", "labelmap.pbtxt", "label_map.pbtxt", "labels.txt", "label.txt", "labels.pbtxt"),
    *("classes.txt", "class_names.txt", "names.txt", "metadata.yaml", "data.yaml", "data.yml"),
)
SHARED_ENDS = ("labels.txt", "labelmap.txt", "label_map.txt", "label_map.pbtxt", "labelmap.pbtxt", ".names")


class Beside:
    """The files of a folder, by what they can say of a model in it.

    Attributes:
        has_one_model: whether it holds a single model, which its label files belong to under whatever name.
    """

    def __init__(self, folder: Path) -> None:
        """List a folder; one that cannot be read, or is none, holds nothing.

        Args:
            folder: the models'.
        """
        try:
            files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        except OSError:
            files = []
        self._files = {path.name.lower(): path for path in reversed(files)}  # of names that differ by case, the first
        self._files |= {path.name: path for path in files}
        self._models = [path.stem.lower() for path in files if path.suffix == SUFFIX]
        self.has_one_model = len(self._models) == 1

    def sidecar(self, *stems: str) -> Path | None:
        """The sidecar of a model, by the names that it goes by."""
        return next(self._named(stems, SIDECARS), None)

    def own_labels(self, *stems: str) -> Path | None:
        """The label file that bears one of a model's names."""
        return next(self._named(stems, OWN), None)

    def shared_labels(self) -> list[Path]:
        """Label files that bear no model's name, those with the commonest names first."""
        owned = {f"{model}{end}" for model in self._models for end in OWN}
        names = sorted({path.name.lower() for path in self._files.values()} - owned)
        common = [name for name in SHARED if name in names]
        others = [name for name in names if name.endswith(SHARED_ENDS) and name not in common]
        return [self._files[name] for name in common + others if self._files[name].is_file()]

    def all(self, *stems: str) -> list[Path]:
        """All files that a model's facts may come from."""
        found = [self.sidecar(*stems), self.own_labels(*stems)]
        return [path for path in found if path] + self.shared_labels()

    def _named(self, stems: tuple[str, ...], ends: tuple[str, ...]) -> Iterator[Path]:
        for stem in stems:
            for end in ends:
                path = self._files.get(f"{stem}{end}") or self._files.get(f"{stem}{end}".lower())
                if path is not None and path.is_file():
                    yield path
