"""A .tflite file and what can be known of it before it has seen a picture."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.errors import UnusableModel
from detector.families.yolo.levels import AnchoredLevel, Level
from detector.files import labels, metadata, sidecar
from detector.files.input import ImageInput
from detector.files.kind import check_kind
from detector.files.provenance import Source
from detector.files.sidecar import Normalisation
from detector.files.ssd_options import SsdHeads
from detector.tflite.custom_operations import CustomOperation, custom_operations
from detector.tflite.runtime import LITERT, Runtime
from detector.tflite.stages import Staged
from detector.tflite.tensor import Tensor, tensors

LEAST_SIDE = 16  # pixels of an input; one that has no fixed size announces a single pixel


@dataclass(frozen=True, slots=True)
class ModelFile:
    """The facts about one model file.

    Attributes:
        name: what callers call it: the file's name without .tflite.
        content: the model that is run: the file's bytes, or what was made of them.
        digest: SHA-256 of the file's bytes, hexadecimal.
        inputs, outputs: the tensors of what is run, in its order.
        custom_operations: by name.
        labels: as they were found, in class order; None where only the family may know them.
        labels_from: where they were found.
        sidecar: what its NAME.yml states.
        embedded: what its metadata states.
        heads: how its outputs are decoded, where it is an SSD and tells.
        levels: how it is decoded, where it was made a YOLO in parts; see boxes_on_demand.py.
        anchored: how it is decoded, where it was made a YOLO with raw heads; see raw_heads.py.
        repaired: whether weights had to be repaired before it could be run; see channel_scales.py.
    """

    name: str
    content: bytes
    digest: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    custom_operations: dict[str, CustomOperation]
    labels: tuple[str, ...] | None
    labels_from: Source
    sidecar: sidecar.Sidecar
    embedded: metadata.Embedded
    heads: SsdHeads | None
    levels: tuple[Level, ...] = ()
    anchored: tuple[AnchoredLevel, ...] = ()
    repaired: bool = False

    @classmethod
    def read(cls, path: Path) -> "ModelFile":
        """Read a file and what lies beside it.

        LiteRT is asked for the tensors, whatever will run the model: a damaged file makes it raise, but takes a
        process with tflite-runtime down.

        Args:
            path: a .tflite file.

        Raises:
            UnusableModel: the file, its labels or its sidecar cannot be used.
        """
        content = path.read_bytes()
        check_kind(content)
        interpreter = LITERT.build(content)
        stated = sidecar.read(path)
        embedded = metadata.read(content)
        labels_from, found = find_labels(path, stated, embedded)
        return cls(
            name=path.stem,
            content=content,
            digest=hashlib.sha256(content).hexdigest(),
            inputs=tensors(interpreter.get_input_details()),
            outputs=tensors(interpreter.get_output_details()),
            custom_operations=custom_operations(content),
            labels=found,
            labels_from=labels_from,
            sidecar=stated,
            embedded=embedded,
            heads=embedded.ssd,
        )

    def running(self, content: bytes) -> "ModelFile":
        """The same file, of which another model is run.

        Args:
            content: a model that was made of this one's.

        Raises:
            UnusableModel: the runtime refuses it.
        """
        interpreter = LITERT.build(content)
        return replace(
            self,
            content=content,
            inputs=tensors(interpreter.get_input_details()),
            outputs=tensors(interpreter.get_output_details()),
            custom_operations=custom_operations(content),
        )

    def running_faster(self, content: bytes) -> "ModelFile":
        """The same file, of which a model is run that has the same outputs; the file itself where that does not run.

        Args:
            content: a model that was made of this one's.
        """
        try:
            faster = self.running(content)
        except UnusableModel:
            return self
        wanted = {output.index for output in self.outputs}
        return replace(faster, outputs=tuple(output for output in faster.outputs if output.index in wanted))

    @property
    def given(self) -> tuple[Tensor, ...]:
        """All tensors that it gives: its outputs, and what it computes when asked."""
        return *self.outputs, *(level.boxes.gives for level in self.levels)

    def interpreter(self, runtime: Runtime, threads: int = 1) -> Staged:
        """What runs it; see Runtime.build."""
        stages = [level.boxes for level in self.levels]
        return Staged(lambda content: runtime.build(content, threads), self.content, stages)

    def rgb_input(self) -> Tensor:
        """The one input, [1, height, width, 3] or [1, 3, height, width].

        Raises:
            UnusableModel: there are others, or another.
        """
        if len(self.inputs) != 1:
            raise UnusableModel(
                f"has {len(self.inputs)} inputs, where a detector has one picture: "
                "export it for one picture alone, without a state or thresholds as inputs."
            )
        (picture,) = self.inputs
        if len(picture.shape) != 4 or picture.shape[0] != 1 or 3 not in (picture.shape[1], picture.shape[3]):
            raise UnusableModel(
                f"takes {picture.dimensions}, where a detector takes 1xHEIGHTxWIDTHx3 or 1x3xHEIGHTxWIDTH: "
                "export it for one RGB picture."
            )
        if ImageInput(picture, None).smaller_side < LEAST_SIDE:
            raise UnusableModel("has an input without a fixed size: export it for pictures of one size.")
        return picture

    def image_input(self, default: Normalisation) -> ImageInput:
        """The one input, with the normalisation that the sidecar states, else the metadata, else the family.

        An integer input without a scale takes pixels as they are.

        Raises:
            UnusableModel: see rgb_input.
        """
        tensor = self.rgb_input()
        if np.issubdtype(tensor.dtype, np.integer) and not tensor.scale:
            return ImageInput(tensor, None, normalisation_from="file")
        if self.sidecar.normalisation:
            return ImageInput(tensor, self.sidecar.normalisation, normalisation_from="sidecar")
        if self.embedded.normalisation:
            return ImageInput(tensor, self.embedded.normalisation, normalisation_from="metadata")
        return ImageInput(tensor, default, normalisation_from="family")

    def pixel_input(self) -> ImageInput:
        """The one input, which takes pixels as they are unless the sidecar states a normalisation.

        Raises:
            UnusableModel: see rgb_input.
        """
        stated = self.sidecar.normalisation
        return ImageInput(self.rgb_input(), stated, normalisation_from="sidecar" if stated else "file")

    def has_labels(self, classes: int) -> bool:
        """Whether labels were found for just so many classes."""
        return self.labels is not None and len(labels.without_background(self.labels, classes)) == classes

    def labels_for(self, classes: int | None, own: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """The labels, of which there must be as many as the model has classes.

        Args:
            classes: how many it has; None where the file does not tell.
            own: the family's, where it finds but one kind of object.

        Raises:
            UnusableModel: there are none, or another number.
        """
        found = own if self.labels is None else labels.without_background(self.labels, classes)
        if found is None:
            raise UnusableModel(
                f"has {_classes(classes)} and no labels: write them into {self.name}.txt beside it, one a line."
            )
        if classes is not None and len(found) != classes:
            where, advice = {
                "metadata": ("its metadata names", f"write {self.name}.txt beside it"),
                "sidecar": ("its sidecar names", "correct it"),
            }.get(self.labels_from, ("its label file names", "correct it"))
            raise UnusableModel(
                f"has {_classes(classes)}, but {where} {len(found)}: {advice} so that line n names class n."
            )
        return found

    def sample(self) -> dict[int, NDArray[np.float32]]:
        """What the model answers to an input of zeros, in real numbers, by tensor number.

        Raises:
            UnusableModel: it has other inputs than one, or cannot be run.
        """
        tensor = self.rgb_input()
        interpreter = LITERT.build(self.content)
        try:
            interpreter.set_tensor(tensor.index, np.zeros(tensor.shape, tensor.dtype))
            interpreter.invoke()
            return {output.index: output.real(interpreter.get_tensor(output.index)) for output in self.outputs}
        except (RuntimeError, ValueError) as error:
            raise UnusableModel("cannot be run: export it again.") from error


def _classes(count: int | None) -> str:
    """A number of classes in words; None where it is not known."""
    return "1 class" if count == 1 else f"{count or 'several'} classes"


def find_labels(
    path: Path, stated: sidecar.Sidecar, embedded: metadata.Embedded
) -> tuple[Source, tuple[str, ...] | None]:
    """Where the labels of a file stand, and they: in its sidecar, beside it, or in its metadata.

    Raises:
        UnusableModel: the label file cannot be used.
    """
    if stated.labels:
        return "sidecar", stated.labels
    if beside := labels.beside(path):
        return "label_file", labels.read(beside)
    if embedded.labels:
        return "metadata", embedded.labels
    return "family", None
