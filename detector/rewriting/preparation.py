"""The one door to rewriting: turns a model file into the file that is run, and recognises it once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from detector.errors import UnusableModel
from detector.families import Family, Yolov8, recognise
from detector.files import ModelFile
from detector.rewriting.boxes_on_demand import with_boxes_on_demand
from detector.rewriting.channel_scales import repair_channel_scales
from detector.rewriting.equivalence import rewritten_if_equivalent
from detector.rewriting.int8_input import take_int8
from detector.rewriting.opening import removable_postprocess
from detector.rewriting.requantising import requantise
from detector.tflite import Graph

# Passes that change how a model's numbers are stored, not what it computes. Each changes a graph in place, and returns
# whether it did.
NUMERIC_PASSES = (requantise, take_int8)


def prepared(file: ModelFile) -> tuple[ModelFile, Family]:
    """The file that is run, and its family.

    Passes on the graph come first, then recognition, then the rewrite for that family, which returns another family.

    Args:
        file: as it was read.

    Raises:
        UnusableModel: the file is of no known family, or lacks something that its family needs.
    """
    file = with_passes(file)
    family = recognise(file)
    if isinstance(family, Yolov8):
        return rewritten_if_equivalent(file, family, partial(with_boxes_on_demand, file, family))
    return file, family


def with_passes(file: ModelFile) -> ModelFile:
    """The file after the passes on its graph; numeric ones are skipped if the runtime rejects their result.

    Raises:
        UnusableModel: the runtime rejects the file without its post-processing.
    """
    try:
        return rewritten(file, NUMERIC_PASSES)
    except UnusableModel:
        return rewritten(file, ())


def rewritten(file: ModelFile, numeric_passes: Sequence[Callable[[Graph], bool]]) -> ModelFile:
    """Applies the passes, the repair, and the removal of post-processing; returns the same file if none changes it."""
    graph = Graph.parse(file.content)
    repaired = repair_channel_scales(graph)
    operation = removable_postprocess(file, graph)
    if operation is not None:
        operation.remove(graph)
    changes = [numeric_pass(graph) for numeric_pass in numeric_passes]
    if operation is None and not repaired and not any(changes):
        file.graphs[:] = [graph]  # saves parsing it again
        return file
    graph.drop_unused_constants()
    made = replace(file.running(graph.serialise()), repaired=repaired, graphs=[graph])
    return made if operation is None else operation.with_heads(made)
