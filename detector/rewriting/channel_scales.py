"""Repairs int8 kernels that have one scale where the runtime reads one per channel.

TensorFlow's converter, and with it Ultralytics for most of a year, wrote such files for dynamic-range quantisation: a
depthwise or grouped convolution with float activations and an int8 kernel with a single scale. LiteRT and
tflite-runtime read a scale for every channel there, beyond the end of the one that is stored, so the model answers by
whatever lies in memory. The stored scale is right for all channels: repeating it is exact. Source: tensorflow/lite/
kernels/depthwise_conv.cc and conv.cc, EvalHybridPerChannel.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from detector.files.modelfile import ModelFile
from detector.tflite.graph import KERNELS, OPERATION, operation_of, packed, unpacked


def with_channel_scales(file: ModelFile) -> ModelFile:
    """The file with a scale per channel in all such kernels; the file itself where there is none.

    Raises:
        UnusableModel: the runtime refuses the repaired file.
    """
    model = unpacked(file.content)
    broken = {id(kernel): (kernel, axis) for kernel, axis in _read_by_channel(model) if _has_one_scale(kernel)}
    if not broken:
        return file
    for kernel, axis in broken.values():
        channels = int(kernel.shape[axis])
        kernel.quantization.scale = np.repeat(np.asarray(kernel.quantization.scale, np.float32), channels)
        kernel.quantization.zeroPoint = np.zeros(channels, np.int64)  # which is what the runtime takes it for
        kernel.quantization.quantizedDimension = axis
    return replace(file.running(packed(model, len(file.content))), repaired=True)


def _read_by_channel(model: Any) -> list[tuple[Any, int]]:
    """The int8 kernels of more than one channel that the runtime reads a scale per channel of, with that axis."""
    kernels = []
    for graph in model.subgraphs:
        for operator in graph.operators:
            operation = operation_of(model, operator)
            axis = KERNELS.get(operation)
            if axis is None:
                continue
            activation, kernel = (graph.tensors[number] for number in operator.inputs[:2])
            is_hybrid = (activation.type, kernel.type) == (schema.TensorType.FLOAT32, schema.TensorType.INT8)
            if (
                is_hybrid
                and kernel.shape[axis] > 1
                and (operation != OPERATION.CONV_2D or _is_grouped(activation, kernel))
            ):
                kernels.append((kernel, axis))
    return kernels


def _is_grouped(activation: Any, kernel: Any) -> bool:
    """Whether a kernel sees but a part of the input's channels."""
    return bool(activation.shape[3] != kernel.shape[3])


def _has_one_scale(kernel: Any) -> bool:
    """Whether a kernel is quantised with a single scale."""
    return kernel.quantization is not None and np.shape(kernel.quantization.scale) == (1,)
