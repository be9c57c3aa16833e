"""detector/drawing/annotation.py."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from detector.drawing.annotation import draw, to_jpeg
from detector.drawing.colours import BLACK, WHITE, colour_of
from detector.errors import ImageTooLarge

MIDDLE = np.array([[0.25, 0.25, 0.75, 0.75]])


def canvas(width: int, height: int, grey: int = 128) -> NDArray[np.uint8]:
    """An image of one grey."""
    return np.full((height, width, 3), grey, np.uint8)


def marked(image_rgb: NDArray[np.uint8], label: str) -> NDArray[np.bool_]:
    """The pixels of the label's colour, [height, width]."""
    return np.asarray((image_rgb == colour_of(label)).all(axis=2))


def test_draws_a_box() -> None:
    """The four sides of a box have its label's colour; its inside and everything far outside are unchanged."""
    drawn = draw(canvas(400, 300), MIDDLE, [0.5], ["cone"])
    for row, column in ((150, 100), (150, 299), (75, 200), (224, 200)):
        assert tuple(drawn[row, column]) == colour_of("cone")
    assert (drawn[90:210, 110:290] == 128).all()
    assert (drawn[240:] == 128).all()


def test_draws_outlines_of_zones() -> None:
    """A zone is outlined in white, below the boxes, its last corner joined to its first; its inside is as it was."""
    triangle = np.array([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])
    drawn = draw(canvas(400, 300), np.empty((0, 4)), [], [], [triangle])
    for row, column in ((0, 200), (150, 0), (150, 199)):
        assert tuple(drawn[row, column]) == WHITE
    assert (drawn[20:100, 20:100] == 128).all()
    assert (drawn[250:, 350:] == 128).all()
    crossing = np.array([(0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)])
    assert tuple(draw(canvas(400, 300), MIDDLE, [0.5], ["cone"], [crossing])[149, 100]) == colour_of("cone")


def test_names_the_object() -> None:
    """The label and the score are black letters on the label's colour, above the box."""
    drawn = draw(canvas(400, 300), MIDDLE, [0.5], ["cone"])
    above = drawn[50:70]
    assert marked(above, "cone").sum() > 200
    assert (above < 60).all(axis=2).sum() > 50
    other = draw(canvas(400, 300), MIDDLE, [0.9], ["cone"])
    assert not np.array_equal(drawn, other)


def test_leaves_the_original() -> None:
    """Boxes are drawn on a copy; a read-only image works too."""
    image_rgb = canvas(400, 300)
    image_rgb.setflags(write=False)
    assert marked(draw(image_rgb, MIDDLE, [0.5], ["cone"]), "cone").any()
    assert (image_rgb == 128).all()


def test_draws_nothing() -> None:
    """An image without detections stays as it is."""
    image_rgb = canvas(40, 30)
    assert np.array_equal(draw(image_rgb, np.empty((0, 4)), [], []), image_rgb)


def test_scales_with_the_image() -> None:
    """Lines and labels take the same share of a large image as of a small one."""
    shares = [
        marked(draw(canvas(width, width * 3 // 4), MIDDLE, [0.5], ["cone"]), "cone").mean() for width in (600, 2400)
    ]
    assert shares[1] == pytest.approx(shares[0], rel=0.2)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_shows_on_any_ground(grey: int) -> None:
    """A line has black beside it, and is bright itself: one of them differs from any background."""
    row = draw(canvas(800, 600, grey), MIDDLE, [0.5], ["cone"])[300]
    around = row[195:206]
    assert (around == BLACK).all(axis=1).any()
    assert (around == colour_of("cone")).all(axis=1).any()


def test_the_best_lies_on_top() -> None:
    """Of two identical boxes, the first one's colour is visible."""
    drawn = draw(canvas(400, 300), np.vstack([MIDDLE, MIDDLE]), [0.9, 0.5], ["cone", "cat"])
    assert tuple(drawn[150, 100]) == colour_of("cone")


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 9), (32, 32), (3, 5000), (5000, 3)])
def test_draws_on_any_size(width: int, height: int) -> None:
    """No image is too small or too narrow, and none changes its size."""
    boxes_xyxy = np.array([[0, 0, 1, 1], [0.5, 0.5, 0.5, 0.5]])
    assert draw(canvas(width, height), boxes_xyxy, [0.5, 0.4], ["safetycone", "cat"]).shape == (height, width, 3)


def test_is_a_jpeg() -> None:
    """A file has the image's size and, nearly, its colours."""
    with Image.open(io.BytesIO(to_jpeg(canvas(40, 30)))) as image:
        assert (image.format, image.size) == ("JPEG", (40, 30))
        assert np.abs(np.asarray(image, int) - 128).max() <= 2


def test_refuses_oversized_jpegs() -> None:
    """A side beyond the format's maximum is refused with a sentence."""
    assert to_jpeg(canvas(65_500, 1))
    with pytest.raises(ImageTooLarge, match="65500"):
        to_jpeg(canvas(65_501, 1))
