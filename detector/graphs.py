"""The operations and tensors of a model file as objects, to be looked at, changed and packed again.

Source: the schema of the TFLite format.
"""

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OPERATION = schema.BuiltinOperator
HALF = 128  # between a uint8 and the int8 that means the same


def unpacked(content: bytes) -> Any:
    """The objects of a model that a runtime has accepted, with all constants in them.

    Newer files, such as PyTorch's converter writes, have constants behind the flatbuffer, and say where.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    for buffer in model.buffers:
        if buffer.size:
            buffer.data = np.frombuffer(content, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    return model


def packed(model: Any, size: int) -> bytes:
    """A model's objects as a file, of about so many bytes."""
    builder = flatbuffers.Builder(size)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def operation_of(model: Any, operator: Any) -> int:
    """A member of OPERATION; older files have it in one field, newer ones in the other."""
    code = model.operatorCodes[operator.opcodeIndex]
    return max(int(code.builtinCode), int(code.deprecatedBuiltinCode))


def has_one_scale(tensor: Any) -> bool:
    """Whether a tensor is quantised with one scale and zero point for all of its numbers."""
    quantisation = tensor.quantization
    return quantisation is not None and np.shape(quantisation.scale) == np.shape(quantisation.zeroPoint) == (1,)
