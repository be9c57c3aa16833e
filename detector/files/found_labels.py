"""Chooses among the labels found in and beside a model."""

from dataclasses import dataclass

from detector.errors import UnusableModel
from detector.files.beside import Beside
from detector.files.labels import Labels, Reading, parse, read
from detector.files.provenance import Source


@dataclass(frozen=True, slots=True)
class FoundLabels:
    """The labels found for a model.

    Attributes:
        places: the labels found in each place, of which the first that fits counts; empty if only the family may have
            labels.
        strays: label files beside the model that may be another model's.
    """

    places: tuple[Labels, ...] = ()
    strays: tuple[str, ...] = ()

    def fit(self, classes: int) -> bool:
        """True if there are labels for this number of classes."""
        return any(labels.names(classes) for labels in self.places)

    def source(self, names: Reading) -> Source:
        """The kind of place that the chosen names came from."""
        return next((labels.source for labels in self.places if names == labels.names(len(names))), "family")

    def names(self, model: str, classes: int | None, own: Reading | None = None) -> Reading:
        """The labels in class order.

        Args:
            model: its name, for messages.
            classes: the number of classes; None if the file does not say.
            own: the family's own labels, if it finds a single kind of object.

        Raises:
            UnusableModel: there are none, their number is wrong, or several label files fit and differ.
        """
        fitting = [(names, labels) for labels in self.places if (names := labels.names(classes)) is not None]
        if fitting and fitting[0][1].is_shared and len({names for names, _ in fitting}) > 1:
            listed = " and ".join(labels.place.removesuffix(" beside it") for _, labels in fitting[:2])
            raise UnusableModel(
                f"has {_classes(classes)}, and {listed} beside it both fit but differ: "
                f"rename the right one to {model}.txt."
            )
        if fitting:
            return fitting[0][0]
        wrong = [labels for labels in self.places if own is None or not labels.is_shared]
        if wrong:
            raise UnusableModel(
                f"has {_classes(classes)}, but {wrong[0].place} names {len(wrong[0])}: {wrong[0].advice(model)} "
                "so that line n names class n."
            )
        if own is not None:
            return own
        if self.strays:
            raise UnusableModel(
                f"has {_classes(classes)} and no labels of its own: {self.strays[0]} lies beside it, but so do other "
                f"models. Copy it to {model}.txt if it is this model's."
            )
        raise UnusableModel(
            f"has {_classes(classes)} and no labels: write them into {model}.txt beside it, one per line."
        )


def find_labels(beside: Beside, stems: tuple[str, ...], stated: Reading | None, embedded: Labels | None) -> FoundLabels:
    """Finds a model's labels: in its sidecar, else in a file named after it, else in its metadata and other files.

    Other files count only if the folder has no other model.

    Args:
        beside: the files in the model's folder.
        stems: the model's names.
        stated: the labels in its sidecar.
        embedded: the labels in its metadata.

    Raises:
        UnusableModel: there are only label files that cannot be used.
    """
    if stated:
        return FoundLabels((Labels((stated,), "sidecar", "its sidecar"),))
    if own := beside.own_labels(*stems):
        return FoundLabels((Labels(parse(own.name, read(own)), "label_file"),))
    found = [embedded] if embedded else []
    shared = beside.shared_labels
    if not beside.has_one_model:
        return FoundLabels(tuple(found), tuple(file.name for file in shared))
    refusals = []
    for file in shared:
        try:
            found.append(Labels(parse(file.name, read(file)), "label_file", f"{file.name} beside it", is_shared=True))
        except UnusableModel as error:  # noqa: PERF203 - there are few, and another may be usable
            refusals.append(error)
    if refusals and not found:
        raise refusals[0]
    return FoundLabels(tuple(found))


def _classes(count: int | None) -> str:
    """A number of classes in words; None if it is unknown."""
    return "1 class" if count == 1 else f"{count or 'several'} classes"
