"""The runtime that runs model files: LiteRT, or tflite-runtime where only that is installed."""

import importlib
from typing import Any

from detector.errors import UnusableModel

MODULES = {"litert": "ai_edge_litert.interpreter", "tflite-runtime": "tflite_runtime.interpreter"}

DAMAGED = "is not a whole TFLite model: get the file again (a text file here may be a git-lfs pointer)."
REASONS = {
    "edgetpu-custom-op": "is compiled for the Edge TPU: use the .tflite file that it was compiled from.",
    "unresolved custom op": "needs an operation that this runtime lacks: export it with built-in operations only.",
    "valid Flatbuffer": DAMAGED,
    "out of range offset": DAMAGED,
    "must be specified": DAMAGED,  # an empty file
}
UNKNOWN_REASON = "cannot be prepared by the runtime: export the model again."

Interpreter = Any  # both packages' class of that name; neither is typed


def build(content: bytes, runtime: str = "litert") -> Interpreter:
    """An interpreter for a model, ready to run on one thread.

    An interpreter is for one thread at a time, and is built after a fork, never before it.

    Args:
        content: the bytes of a .tflite file; they are not copied.
        runtime: a key of MODULES.

    Raises:
        UnusableModel: the runtime is not installed, or refuses the file.
    """
    try:
        module = importlib.import_module(MODULES[runtime])
    except ImportError:
        raise UnusableModel(
            f"needs the runtime {runtime}, which is not installed: install it or choose another."
        ) from None
    try:
        interpreter = module.Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise UnusableModel(reason(str(error))) from error
    return interpreter


def reason(message: str) -> str:
    """What a runtime's refusal means to the file's owner."""
    return next((meaning for words, meaning in REASONS.items() if words in message), UNKNOWN_REASON)
