"""Runs TFLite models and takes their graphs apart. Knows nothing of detection."""

from detector.tflite.custom_operations import POSTPROCESS, CustomOperation, custom_operations
from detector.tflite.graph import ABSENT, INT8_OFFSET, KERNELS, OPERATION, Graph, GraphTensor, Operator, Quantisation
from detector.tflite.outputs import Output, Outputs
from detector.tflite.runtime import LITERT, Interpreter, Runtime, RuntimeName
from detector.tflite.stages import Stage, Staged
from detector.tflite.steps import coarsest_step
from detector.tflite.tensor import Tensor, tensors

__all__ = [
    "ABSENT",
    "INT8_OFFSET",
    "KERNELS",
    "LITERT",
    "OPERATION",
    "POSTPROCESS",
    "CustomOperation",
    "Graph",
    "GraphTensor",
    "Interpreter",
    "Operator",
    "Output",
    "Outputs",
    "Quantisation",
    "Runtime",
    "RuntimeName",
    "Stage",
    "Staged",
    "Tensor",
    "coarsest_step",
    "custom_operations",
    "tensors",
]
