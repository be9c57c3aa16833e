"""Explains what an unrecognised model probably is."""

from detector.files import ModelFile

EXPECTED = "bring a detector of a family that docs/models.md lists"


def sentence(file: ModelFile) -> str:
    """A sentence without its subject: what the file is, what was expected and what to do."""
    return f"is no detector of a known family: {_kind(file)}. A detector gives boxes and scores: {EXPECTED}."


def _kind(file: ModelFile) -> str:
    """A description of the file's outputs."""
    shapes = [output.shape for output in file.outputs]
    listed = ", ".join(output.dimensions for output in file.outputs[:6]) + (", …" if len(shapes) > 6 else "")
    if all(sum(size > 1 for size in shape) <= 1 for shape in shapes):
        return f"it gives {listed} for a whole image, as a classifier or a regressor does"
    if any(len(shape) == 3 for shape in shapes) and any(len(shape) == 4 for shape in shapes):
        return f"it gives {listed}, boxes and maps, as a segmentation model does"
    if len(shapes) == 1 and len(shapes[0]) == 4:
        return f"it gives {listed}, a map of the image, as a segmentation model does"
    if len(shapes) > 1 and all(len(shape) in (4, 5) for shape in shapes):
        return f"it gives {listed}, maps of features that are not decoded to boxes"
    return f"it gives {listed}"
