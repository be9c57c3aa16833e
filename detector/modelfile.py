"""A .tflite file and what can be known of it before it has seen a picture."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import flatbuffers.flexbuffers
from ai_edge_litert import schema_py_generated as schema

from detector import labels, runtime, sidecar
from detector.errors import UnusableModel
from detector.tensors import Tensor


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
        labels: in class order; None where no label file lies beside it.
        sidecar: what its NAME.yml states.
    """

    name: str
    content: bytes
    digest: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    custom_operations: dict[str, CustomOperation]
    labels: tuple[str, ...] | None
    sidecar: sidecar.Sidecar

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
        return cls(
            name=path.stem,
            content=content,
            digest=hashlib.sha256(content).hexdigest(),
            inputs=tuple(map(Tensor.from_details, interpreter.get_input_details())),
            outputs=tuple(map(Tensor.from_details, interpreter.get_output_details())),
            custom_operations=custom_operations(content),
            labels=labels.read(label_file) if label_file else None,
            sidecar=sidecar.read(path),
        )

    def rgb_input(self) -> Tensor:
        """The one input, [1, height, width, 3].

        Raises:
            UnusableModel: there are others, or another.
        """
        if len(self.inputs) == 1:
            (picture,) = self.inputs
            if len(picture.shape) == 4 and picture.shape[0] == 1 and picture.shape[3] == 3:
                return picture
        raise UnusableModel("has no single input of shape [1, height, width, 3]: export it for one RGB picture.")

    def labels_for(self, classes: int) -> tuple[str, ...]:
        """The labels, of which there must be as many as the model has classes.

        Raises:
            UnusableModel: there are none, or another number.
        """
        if self.labels is None:
            raise UnusableModel(
                f"has {classes} classes and no labels: write them into {self.name}.txt beside it, one a line."
            )
        if len(self.labels) != classes:
            raise UnusableModel(
                f"has {classes} classes, but its label file names {len(self.labels)}: "
                f"correct it so that line n names class n."
            )
        return self.labels


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
            found[code.decode()] = CustomOperation(
                tuple(map(int, operator.OutputsAsNumpy())),
                flatbuffers.flexbuffers.Loads(options) if options else {},
            )
    return found
