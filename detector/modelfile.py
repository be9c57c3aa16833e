"""A .tflite file and what can be known of it before it has seen a picture."""

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

import flatbuffers.flexbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from detector import labels, metadata, runtime, sidecar
from detector.errors import UnusableModel
from detector.sidecar import Normalisation
from detector.tensors import ImageInput, Tensor


@dataclass(frozen=True, slots=True)
class CustomOperation:
    """An operation that is not TFLite's own.

    Attributes:
        outputs: tensor numbers, in the operation's own order.
        options: its parameters.
    """

    outputs: tuple[int, ...]
    options: dict[str, object]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """The facts about one model file.

    Attributes:
        name: what callers call it: the file's name without .tflite.
        content: its bytes.
        digest: SHA-256 of them, hexadecimal.
        inputs, outputs: its tensors, in the file's order.
        custom_operations: by name.
        labels: in class order: those of the label file beside it, else those in it; None where there are none.
        sidecar: what its NAME.yml states.
        embedded: what its metadata states.
    """

    name: str
    content: bytes
    digest: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    custom_operations: dict[str, CustomOperation]
    labels: tuple[str, ...] | None
    sidecar: sidecar.Sidecar
    embedded: metadata.Embedded = metadata.NOTHING

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
        interpreter = runtime.build(content)
        label_file = labels.beside(path)
        embedded = metadata.read(content)
        return cls(
            name=path.stem,
            content=content,
            digest=hashlib.sha256(content).hexdigest(),
            inputs=tuple(map(Tensor.from_details, interpreter.get_input_details())),
            outputs=tuple(map(Tensor.from_details, interpreter.get_output_details())),
            custom_operations=custom_operations(content),
            labels=labels.read(label_file) if label_file else embedded.labels,
            sidecar=sidecar.read(path),
            embedded=embedded,
        )

    def rgb_input(self) -> Tensor:
        """The one input, [1, height, width, 3] or [1, 3, height, width].

        Raises:
            UnusableModel: there are others, or another.
        """
        if len(self.inputs) == 1:
            (picture,) = self.inputs
            if len(picture.shape) == 4 and picture.shape[0] == 1 and 3 in (picture.shape[1], picture.shape[3]):
                return picture
        raise UnusableModel("has no single input of shape [1, height, width, 3]: export it for one RGB picture.")

    def image_input(self, default: Normalisation) -> ImageInput:
        """The one input, with the normalisation that the sidecar states, else the metadata, else the family.

        An integer input without a scale takes pixels as they are.

        Raises:
            UnusableModel: see rgb_input.
        """
        tensor = self.rgb_input()
        if np.issubdtype(tensor.dtype, np.integer) and not tensor.scale:
            return ImageInput(tensor, None)
        return ImageInput(tensor, self.sidecar.normalisation or self.embedded.normalisation or default)

    def labels_for(self, classes: int | None, own: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """The labels, of which there must be as many as the model has classes.

        Args:
            classes: how many it has; None where the file does not tell.
            own: the family's, where it finds but one kind of object.

        Raises:
            UnusableModel: there are none, or another number.
        """
        found = own if self.labels is None else self.labels
        if found is None:
            raise UnusableModel(
                f"has {classes or 'several'} classes and no labels: "
                f"write them into {self.name}.txt beside it, one a line."
            )
        if classes is not None and len(found) != classes:
            named, advice = "its label file names", "correct it"
            if found is self.embedded.labels:
                named, advice = "its metadata names", f"write {self.name}.txt beside it"
            raise UnusableModel(
                f"has {classes} classes, but {named} {len(found)}: {advice} so that line n names class n."
            )
        return found

    def sample(self) -> dict[int, NDArray[np.float32]]:
        """What the model answers to an input of zeros, in real numbers, by tensor number.

        Raises:
            UnusableModel: it has other inputs than one, or cannot be run.
        """
        tensor = self.rgb_input()
        interpreter = runtime.build(self.content)
        interpreter.set_tensor(tensor.index, np.zeros(tensor.shape, tensor.dtype))
        try:
            interpreter.invoke()
        except RuntimeError as error:
            raise UnusableModel("cannot be run: export it again.") from error
        return {output.index: output.real(interpreter.get_tensor(output.index)) for output in self.outputs}


def custom_operations(content: bytes) -> dict[str, CustomOperation]:
    """The custom operations of a model's main graph, by name.

    Source: the schema of the TFLite format; options are a flexbuffer map.

    Args:
        content: a model that a runtime has accepted.
    """
    model = schema.Model.GetRootAs(content)
    graph = model.Subgraphs(0)
    found = {}
    for number in range(graph.OperatorsLength()):
        operator = graph.Operators(number)
        code = model.OperatorCodes(operator.OpcodeIndex()).CustomCode()
        if code:
            options = bytes(operator.CustomOptionsAsNumpy()) if operator.CustomOptionsLength() else b""
            found[code.decode()] = CustomOperation(tuple(map(int, operator.OutputsAsNumpy())), read_options(options))
    return found


def read_options(options: bytes) -> dict[str, object]:
    """An operation's parameters; none where they are damaged, or no map.

    Args:
        options: a flexbuffer, or nothing.
    """
    try:
        read = flatbuffers.flexbuffers.Loads(options) if options else {}
    except (ValueError, IndexError, TypeError, struct.error):
        return {}
    return read if isinstance(read, dict) else {}
