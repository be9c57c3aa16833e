"""Reads the custom operations of a model's graph."""

import struct
from dataclasses import dataclass

import flatbuffers.flexbuffers
from ai_edge_litert import schema_py_generated as schema

POSTPROCESS = "TFLite_Detection_PostProcess"  # decodes an SSD's boxes inside the graph, with NMS

COMPILED = "is compiled for {}: use the .tflite file that it was compiled from."
# Operations into which compilers put a model for an accelerator or another runtime, by the beginning of their names.
COMPILED_FOR = {
    "edgetpu-custom-op": "the Edge TPU",
    "ethos-u": "an Arm Ethos-U",
    "Neutron": "NXP's Neutron NPU",
    "vsi-npu": "a VeriSilicon NPU",
    "DISPATCH_OP": "a phone's NPU, ahead of time",
    "qnn": "Qualcomm's NPU",
    "MTKEXT": "MediaTek's NPU",
    "neuron": "MediaTek's NPU",
    "hailo": "a Hailo accelerator",
    "tidl": "Texas Instruments' accelerator",
    "darwinn": "Google's Tensor chips",
    "rknn": "a Rockchip NPU",
}


@dataclass(frozen=True, slots=True)
class CustomOperation:
    """An operation that is not built into TFLite.

    Attributes:
        inputs, outputs: tensor indices, in the operation's own order.
        options: its parameters.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, object]


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
            found[code.decode(errors="replace")] = CustomOperation(
                tuple(map(int, operator.InputsAsNumpy())) if operator.InputsLength() else (),
                tuple(map(int, operator.OutputsAsNumpy())) if operator.OutputsLength() else (),
                read_options(options),
            )
    return found


def read_options(options: bytes) -> dict[str, object]:
    """An operation's parameters; empty if they are damaged or not a map.

    Args:
        options: a flexbuffer, or nothing.
    """
    try:
        read = flatbuffers.flexbuffers.Loads(options) if options else {}
    except (ValueError, IndexError, TypeError, struct.error):
        return {}
    return read if isinstance(read, dict) else {}


def refusal(operation: str) -> str:
    """A sentence without its subject: why an operation that the runtime lacks cannot be run, and what to do.

    Args:
        operation: its name in the file.
    """
    for beginning, accelerator in COMPILED_FOR.items():
        if operation.lower().startswith(beginning.lower()):
            return COMPILED.format(accelerator)
    return f"needs the operation {operation}, which this runtime lacks: export it with built-in operations only."
