"""The runtimes that run model files: LiteRT and tflite-runtime."""

import importlib
import importlib.metadata
import re
from dataclasses import dataclass
from typing import Any, Literal

from detector.errors import UnusableModel
from detector.tflite.custom_operations import refusal

RuntimeName = Literal["litert", "tflite-runtime"]

# The interpreter's module, and the package that contains it.
RUNTIMES: dict[RuntimeName, tuple[str, str]] = {
    "litert": ("ai_edge_litert.interpreter", "ai-edge-litert"),
    "tflite-runtime": ("tflite_runtime.interpreter", "tflite-runtime"),
}

DAMAGED = "is not a whole TFLite model, but cut short or damaged: get the file again."
REASONS = {
    "Flex": "needs operations of TensorFlow itself (Flex): export it with TFLite's built-in operations only.",
    "valid Flatbuffer": DAMAGED,
    "out of range offset": DAMAGED,
    "must be specified": DAMAGED,  # an empty file
}
CUSTOM_OPERATION = re.compile(r"unresolved custom op: ([\w.-]{0,80}\w)")
BUILTIN_OPERATION = re.compile(r"builtin opcode '(\w{1,80})' version '(\d{1,9})'")
UNKNOWN_REASON = "cannot be prepared by the runtime: export the model again."

Interpreter = Any  # both packages' class of that name; neither is typed


@dataclass(frozen=True, slots=True)
class Runtime:
    """A package that runs models.

    Attributes:
        name: a key of RUNTIMES.
        threads: the maximum per interpreter.
    """

    name: RuntimeName = "litert"
    threads: int = 1

    @property
    def version(self) -> str:
        """The version of the installed package."""
        return importlib.metadata.version(RUNTIMES[self.name][1])

    def build(self, content: bytes, threads: int = 1) -> Interpreter:
        """Builds an interpreter for a model, ready to run.

        An interpreter serves one caller at a time. Build one with several threads after a fork, never before.

        Args:
            content: the bytes of a .tflite file; they are not copied.
            threads: the number of threads that it runs the model on.

        Raises:
            UnusableModel: the runtime is not installed, or refuses the file.
        """
        try:
            module = importlib.import_module(RUNTIMES[self.name][0])
        except ImportError:
            raise UnusableModel(
                f"needs the runtime {self.name}, which is not installed: install it or choose another."
            ) from None
        try:
            interpreter = module.Interpreter(model_content=content, num_threads=threads)
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise UnusableModel(reason(str(error))) from error
        return interpreter


LITERT = Runtime()


def reason(message: str) -> str:
    """Translates a runtime's refusal into a sentence for the model's owner."""
    for words, meaning in REASONS.items():
        if words in message:
            return meaning
    if custom := CUSTOM_OPERATION.search(message):
        return refusal(custom[1])
    if builtin := BUILTIN_OPERATION.search(message):
        operation, version = builtin.groups()
        return f"needs version {version} of the operation {operation}: install a newer runtime, or export for this one."
    return UNKNOWN_REASON
