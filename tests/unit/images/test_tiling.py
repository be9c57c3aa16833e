"""detector/images/tiling.py."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.images import Grid, Region, Tiling

OVERLAPS = st.floats(0, 0.5)
GRIDS = st.builds(Grid, st.integers(1, 12), st.integers(1, 12), OVERLAPS)
SIDES = st.integers(1, 3000)
INPUTS = st.integers(32, 640)


@given(GRIDS, SIDES, SIDES)
def test_tiles_cover_every_pixel(grid: Grid, width: int, height: int) -> None:
    """Each pixel of an image of any size is in a tile, and each tile has a pixel."""
    image = np.zeros((height, width, 3), np.uint8)
    for region in grid.regions() or [Region(0, 0, 1, 1)]:
        tile, _ = region.cut_out(image)
        assert tile.size
        tile[:] = 1
    assert image.all()


@given(GRIDS)
def test_tiles_overlap_as_far_as_is_said(grid: Grid) -> None:
    """Tiles have one size, and each shares the stated part of it with the next."""
    tiles = grid.regions()
    widths = [tile.right - tile.left for tile in tiles]
    assert len(tiles) in {grid.columns * grid.rows, 0}
    assert widths == pytest.approx([widths[0]] * len(tiles) if tiles else [])
    for tile, following in pairwise(tiles[: grid.columns]):
        assert tile.right - following.left == pytest.approx(grid.overlap * widths[0], abs=1e-9)


@given(GRIDS, st.lists(st.tuples(*[st.floats(0, 1)] * 4), min_size=1, max_size=5))
def test_boxes_stay_within_their_tile(grid: Grid, boxes: list[tuple[float, ...]]) -> None:
    """Boxes of a tile, in fractions of the image, lie in the tile; the tile's corners become its own."""
    for region in grid.regions():
        mapped = region.to_image(np.array([*boxes, (0, 0, 1, 1)]))
        assert (mapped[:, [0, 2]] >= region.left).all()
        assert (mapped[:, [0, 2]] <= region.right + 1e-9).all()
        assert mapped[-1].tolist() == pytest.approx([region.left, region.top, region.right, region.bottom])


def test_only_sides_within_the_image_cut() -> None:
    """The image's own sides do not count as cut by a tile."""
    first, last = Grid(2, 1, 0.2).regions()
    assert first.inner_sides.tolist() == [False, False, True, False]
    assert last.inner_sides.tolist() == [True, False, False, False]


def test_one_tile_is_no_grid() -> None:
    """A grid of one tile has none: that would be the whole image again."""
    assert Grid(1, 1, 0.2).regions() == ()


@given(st.tuples(SIDES, SIDES, INPUTS, INPUTS), OVERLAPS, st.integers(0, 64))
def test_auto_keeps_to_its_limit(sizes: tuple[int, int, int, int], overlap: float, limit: int) -> None:
    """There are at most as many tiles as allowed; with fewer, none is larger than the input."""
    grid = Tiling(overlap, max_tiles=limit).grid(*sizes)
    assert len(grid.regions()) <= limit
    free = Tiling(overlap, max_tiles=10**6).grid(*sizes)
    tile_width, tile_height = free.tile_size(*sizes[:2])
    assert tile_width <= sizes[2] + 1
    assert tile_height <= sizes[3] + 1
    assert grid == free or free.columns * free.rows > limit


@given(SIDES, SIDES, st.integers(32, 640), OVERLAPS)
def test_auto_takes_no_more_than_it_needs(width: int, height: int, side: int, overlap: float) -> None:
    """With one column less, a tile would be wider than the input."""
    grid = Tiling(overlap, max_tiles=10**6).grid(width, height, side, side)
    if grid.columns > 1:
        fewer = Grid(grid.columns - 1, grid.rows, overlap)
        assert fewer.tile_size(width, height)[0] > side


@pytest.mark.parametrize(
    ("width", "height", "limit", "expected"),
    [
        pytest.param(640, 480, 64, (1, 1), id="a photo that the model sees whole"),
        pytest.param(1280, 640, 64, (3, 1), id="twice as wide"),
        pytest.param(4000, 3000, 64, (8, 6), id="a camera's, at full detail"),
        pytest.param(4000, 3000, 12, (4, 3), id="as many as there may be, in the photo's proportions"),
        pytest.param(12000, 640, 4, (4, 1), id="a panorama"),
        pytest.param(4000, 3000, 1, (1, 1), id="none left"),
    ],
)
def test_auto(width: int, height: int, limit: int, expected: tuple[int, int]) -> None:
    """`auto` gives these tiles for an input of 640 pixels."""
    grid = Tiling(0.2, max_tiles=limit).grid(width, height, 640, 640)
    assert (grid.columns, grid.rows) == expected


def test_stated_grids() -> None:
    """Stated columns and rows apply to any image."""
    assert Tiling(0.1, 3, 2, max_tiles=1).grid(10, 10, 640, 640) == Grid(3, 2, 0.1)
