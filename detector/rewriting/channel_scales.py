"""Repairs int8 kernels that have one scale although the runtime reads one per channel.

TensorFlow's converter, and with it Ultralytics for most of a year, wrote such files for dynamic-range quantisation: a
depthwise or grouped convolution with float activations and an int8 kernel with a single scale. LiteRT and
tflite-runtime read one scale per channel there, beyond the end of the array, so results depend on whatever lies in
memory. The stored scale is right for all channels, so repeating it is exact. Source: tensorflow/lite/kernels/
depthwise_conv.cc and conv.cc, EvalHybridPerChannel.
"""

import numpy as np

from detector.tflite import KERNELS, OPERATION, Graph, Operator, Quantisation


def repair_channel_scales(graph: Graph) -> bool:
    """Repeats the scale of all such kernels. Returns False, and changes nothing, if there are none."""
    repaired = False
    for operator in graph.operators:
        axis = KERNELS.get(operator.operation)
        if axis is None or not _reads_scale_per_channel(graph, operator):
            continue
        kernel = graph.tensors[operator.inputs[1]]
        channels, quantisation = kernel.shape[axis], kernel.quantisation
        if quantisation is not None and len(quantisation.scales) == 1 < channels:
            # The runtime assumes zero points of 0, whatever is stored.
            kernel.quantisation = Quantisation(
                np.repeat(quantisation.scales, channels), np.zeros(channels, np.int64), axis
            )
            repaired = True
    return repaired


def _reads_scale_per_channel(graph: Graph, operator: Operator) -> bool:
    """True for a depthwise or grouped convolution of float activations with an int8 kernel."""
    activation, kernel = (graph.tensors[index] for index in operator.inputs[:2])
    if activation.dtype != np.float32 or kernel.dtype != np.int8:
        return False
    return operator.operation != OPERATION.CONV_2D or activation.shape[3] != kernel.shape[3]
