"""The facts about a .tflite file that are known before it has seen an image."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.errors import UnusableModel
from detector.files import metadata, sidecar
from detector.files.beside import Beside
from detector.files.found_labels import FoundLabels, find_labels
from detector.files.input import CHANNELS, LAYOUTS, ImageInput, Layout
from detector.files.kind import check_kind
from detector.files.provenance import Source
from detector.files.sidecar import Normalisation
from detector.images import stretch
from detector.tflite import LITERT, CustomOperation, Graph, Runtime, Stage, Staged, Tensor, custom_operations, tensors

MIN_SIDE = 16  # pixels of an input; one without a fixed size announces a single pixel

Sample = dict[int, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """The facts about one model file.

    Attributes:
        name: its name for callers, usually the file's name without .tflite.
        content: the model that is run: the file's bytes, rewritten or not.
        digest: SHA-256 of the file's bytes, hexadecimal.
        inputs, outputs: tensors of the model that is run, in its order.
        custom_operations: by name.
        labels: the labels found for it.
        sidecar: the facts in its NAME.yml.
        embedded: the facts in its metadata.
        repaired: True if weights had to be repaired before it could be run; see channel_scales.py.
        stages: parts of the model that run only when their outputs are read.
        interpreters: caches `interpreter`.
        graphs: caches `graph`.
        samples: caches `sample`.
    """

    name: str
    content: bytes
    digest: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    custom_operations: dict[str, CustomOperation]
    labels: FoundLabels
    sidecar: sidecar.Sidecar
    embedded: metadata.Embedded
    stages: tuple[Stage, ...] = ()
    repaired: bool = False
    interpreters: list[Staged] = field(default_factory=list, repr=False, compare=False)
    graphs: list[Graph] = field(default_factory=list, repr=False, compare=False)
    samples: list[Sample] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def read(cls, path: Path, name: str | None = None) -> "ModelFile":
        """Reads a file, its labels and its sidecar.

        LiteRT reads the tensors, whichever runtime will run the model: a damaged file makes it raise, but makes
        tflite-runtime crash.

        Args:
            path: a .tflite file.
            name: its name for callers; by default the file's name without .tflite.

        Raises:
            UnusableModel: the file, its labels or its sidecar cannot be used.
        """
        content = path.read_bytes()
        check_kind(content)
        interpreter = Staged(LITERT.build, content)
        beside, stems = Beside(path.parent), tuple(dict.fromkeys((name or path.stem, path.stem)))
        stated = sidecar.read(beside.sidecar(*stems))
        embedded = metadata.read(content)
        file = cls(
            name=stems[0],
            content=content,
            digest=hashlib.sha256(content).hexdigest(),
            inputs=tensors(interpreter.get_input_details()),
            outputs=tensors(interpreter.get_output_details()),
            custom_operations=custom_operations(content),
            labels=find_labels(beside, stems, stated.labels, embedded.labels),
            sidecar=stated,
            embedded=embedded,
            interpreters=[interpreter],
        )
        return file.with_computed_shapes() if any(output.is_dynamic for output in file.outputs) else file

    def running(self, content: bytes, stages: Sequence[Stage] = ()) -> "ModelFile":
        """The same file with rewritten content.

        Args:
            content: the model to run.
            stages: parts of it that run only when their outputs are read.

        Raises:
            UnusableModel: the runtime refuses it.
        """
        interpreter = Staged(LITERT.build, content, stages)
        return replace(
            self,
            content=content,
            inputs=tensors(interpreter.get_input_details()),
            outputs=tensors(interpreter.get_output_details()),
            custom_operations=custom_operations(content),
            stages=tuple(stages),
            interpreters=[interpreter],
            graphs=[],
            samples=[],
        )

    @property
    def interpreter(self) -> Staged:
        """A LiteRT interpreter on one thread, for one caller at a time. It reads the file and serves later."""
        if not self.interpreters:
            self.interpreters.append(self.build(LITERT))
        return self.interpreters[0]

    @property
    def graph(self) -> Graph:
        """The graph of the model that is run, parsed once. A pass that changes it makes another file."""
        if not self.graphs:
            self.graphs.append(Graph.parse(self.content))
        return self.graphs[0]

    def picklable(self) -> "ModelFile":
        """The same facts without the interpreter, which cannot be sent to another process, and without the sample."""
        return replace(self, interpreters=[], graphs=[], samples=[])

    def build(self, runtime: Runtime, threads: int = 1) -> Staged:
        """Builds an interpreter of the model that is run; see Runtime.build."""
        return Staged(lambda content: runtime.build(content, threads), self.content, self.stages)

    def input_tensor(self) -> Tensor:
        """The only input, [1, height, width, channels] or [1, channels, height, width], of three channels or one.

        Raises:
            UnusableModel: there are several, or the input is not such an image.
        """
        if len(self.inputs) != 1:
            raise UnusableModel(
                f"has {len(self.inputs)} inputs, where a detector has one image: "
                "export it for one image alone, without a state or thresholds as inputs."
            )
        (tensor,) = self.inputs
        shape = tensor.shape
        if len(shape) != 4 or shape[0] != 1 or not {shape[1], shape[3]}.intersection(CHANNELS):
            raise UnusableModel(
                f"takes {tensor.dimensions}, where a detector takes 1xHEIGHTxWIDTHx3 or 1x3xHEIGHTxWIDTH: "
                "export it for one RGB image."
            )
        if ImageInput(tensor, None).smaller_side < MIN_SIDE:
            raise UnusableModel("has an input without a fixed size: export it for images of one size.")
        return tensor

    def image_input(
        self,
        default: Normalisation | None,
        layout: Layout = stretch,
        *,
        bgr: bool = False,
        padding: int = 114,
        average_from: int = 2,
    ) -> ImageInput:
        """The only input, encoded as its family does, unless the sidecar or the metadata states otherwise.

        An integer input without a scale takes pixels as they are.

        Args:
            default: the family's normalisation; None for pixels as they are, whatever the metadata states.
            layout, bgr, padding, average_from: see ImageInput.

        Raises:
            UnusableModel: see input_tensor.
        """
        stated = self.sidecar
        normalisation, source = self._normalisation(default)
        return ImageInput(
            tensor=self.input_tensor(),
            normalisation=normalisation,
            normalisation_from=source,
            padding=padding,
            bgr=bgr if stated.channels is None else stated.channels == "bgr",
            average_from=average_from,
            layout=layout if stated.layout is None else LAYOUTS[stated.layout],
        )

    def _normalisation(self, default: Normalisation | None) -> tuple[Normalisation | None, Source]:
        """The normalisation and its origin; see image_input."""
        tensor = self.input_tensor()
        if np.issubdtype(tensor.dtype, np.integer) and not tensor.scale:
            return None, "file"
        if self.sidecar.normalisation:
            return self.sidecar.normalisation, "sidecar"
        if default is None:
            return None, "file"
        if self.embedded.normalisation:
            return self.embedded.normalisation, "metadata"
        return default, "family"

    def with_computed_shapes(self) -> "ModelFile":
        """The same file, with the shapes that its outputs have when computed for an input of zeros.

        Outputs without a fixed shape announce 1 along every unknown axis.

        Raises:
            UnusableModel: see sample.
        """
        sample = self.sample()
        return replace(
            self, outputs=tuple(replace(output, shape=sample[output.index].shape) for output in self.outputs)
        )

    def has_labels(self, classes: int) -> bool:
        """True if labels were found for this number of classes."""
        return self.labels.fit(classes)

    def labels_for(self, classes: int | None, own: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """The labels, one per class.

        Args:
            classes: the number of classes; None if the file does not say.
            own: the family's own labels, if it finds a single kind of object.

        Raises:
            UnusableModel: there are none, their number is wrong, or several label files fit and differ.
        """
        return self.labels.names(self.name, classes, own)

    def sample(self) -> Sample:
        """The outputs for an input of zeros, dequantised, by tensor index; computed once.

        Raises:
            UnusableModel: it has several inputs, or cannot be run.
        """
        tensor = self.input_tensor()
        if not self.samples:
            try:
                self.interpreter.set_tensor(tensor.index, np.zeros(tensor.shape, tensor.dtype))
                self.interpreter.invoke()
                given = {output.index: self.interpreter.get_tensor(output.index) for output in self.outputs}
            except (RuntimeError, ValueError) as error:
                raise UnusableModel("cannot be run: export it again.") from error
            self.samples.append({output.index: output.dequantised(given[output.index]) for output in self.outputs})
        return self.samples[0]
