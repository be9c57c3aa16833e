"""detector/families/fcos.py."""

from dataclasses import replace

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.families.fcos import Fcos, recognise
from detector.families.grid import grid
from detector.files.modelfile import ModelFile
from detector.files.sidecar import Sidecar
from tests.support.made_models import answers


@pytest.fixture
def family(safetycone_file: ModelFile) -> Fcos:
    """The bundled model's family."""
    family = recognise(safetycone_file)
    assert family is not None
    return family


@pytest.mark.parametrize(
    ("width", "height", "strides", "points", "reach"),
    [
        pytest.param(8, 8, (8,), [(4, 4)], [8], id="one cell: its centre"),
        pytest.param(16, 8, (8,), [(4, 4), (12, 4)], [8, 8], id="a row from left to right"),
        pytest.param(8, 16, (8,), [(4, 4), (4, 12)], [8, 8], id="a column from top to bottom"),
        pytest.param(16, 16, (8, 16), [(4, 4), (12, 4), (4, 12), (12, 12), (8, 8)], [8] * 4 + [16], id="finest first"),
    ],
)
def test_grid(
    width: int, height: int, strides: tuple[int, ...], points: list[tuple[int, int]], reach: list[int]
) -> None:
    """Cells are listed stride by stride, row by row, each by its centre."""
    found_points, found_reach = grid(width, height, strides)
    assert found_points.tolist() == [[x, y, x, y] for x, y in points]
    assert found_reach.ravel().tolist() == reach


def test_decodes_distances(family: Fcos) -> None:
    """A box extends from its centre by the distances, in strides; it is a fraction of the input."""
    cells = len(family.centres)
    scores, distances = np.zeros((1, cells, 1), np.float32), np.ones((1, cells, 4), np.float32)
    scores[0, 1] = 0.75
    distances[0, 1] = (1, 0.5, 2, 0.25)
    found = family.decode(answers({family.scores: scores, family.distances: distances}), 0.5)
    side = family.input.width
    assert (found.boxes_xyxy * side).tolist() == [pytest.approx([12 - 8, 4 - 4, 12 + 16, 4 + 2])]
    assert found.scores.tolist() == [0.75]
    assert found.class_ids.tolist() == [0]
    assert found.not_listed == cells - 1


def test_is_not_guessed(safetycone_file: ModelFile) -> None:
    """A file is of this family only if its sidecar names it."""
    assert recognise(replace(safetycone_file, sidecar=Sidecar())) is None


def test_strides_have_a_default(safetycone_file: ModelFile) -> None:
    """A sidecar may omit the strides."""
    family = recognise(replace(safetycone_file, sidecar=Sidecar(family="fcos")))
    assert family is not None
    assert sorted(set(family.strides.ravel())) == [8, 16, 32]


def test_takes_the_normalisation_from_the_sidecar(safetycone_file: ModelFile, family: Fcos) -> None:
    """The sidecar states how images are normalised."""
    assert safetycone_file.sidecar.normalisation is not None
    assert family.input.normalisation == safetycone_file.sidecar.normalisation


@pytest.mark.parametrize(
    "order",
    [
        pytest.param((), id="none"),
        pytest.param((0,), id="scores alone"),
        pytest.param((1, 0), id="the wrong way round"),
        pytest.param((0, 1, 1), id="one too many"),
        pytest.param((0, 0), id="scores twice"),
    ],
)
def test_refuses_other_outputs(safetycone_file: ModelFile, order: tuple[int, ...]) -> None:
    """A file with this family in its sidecar, but other outputs, is refused with what to correct."""
    outputs = tuple(safetycone_file.outputs[position] for position in order)
    with pytest.raises(UnusableModel, match="correct the family or the strides"):
        recognise(replace(safetycone_file, outputs=outputs))


def test_refuses_flat_outputs(safetycone_file: ModelFile) -> None:
    """Outputs with the right number of cells, but without values per cell, are refused as well."""
    flat = tuple(replace(output, shape=output.shape[:2]) for output in safetycone_file.outputs)
    with pytest.raises(UnusableModel, match="correct the family or the strides"):
        recognise(replace(safetycone_file, outputs=flat))
