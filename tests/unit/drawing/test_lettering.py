"""detector/drawing/lettering.py."""

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.drawing import lettering
from detector.drawing.lettering import fit, printable, width_of, write

SCRIPTS = {
    "latin": "Żółć ñ ß ắ",
    "cyrillic": "Дорожный",
    "greek": "Κώνος",
    "chinese": "交通锥錐",
    "japanese": "ロードコーンの",
    "korean": "안전고깔",
    "hebrew": "קונוס",
    "arabic": "مخروط",
}

with_font = pytest.mark.skipif(lettering.FONT is None, reason="OpenCV 5 brings the font; older ones have ASCII alone")


def written(text: str, size: int = 40) -> NDArray[np.uint8]:
    """A text in black on white."""
    image_rgb = np.full((2 * size, 20 * size, 3), 255, np.uint8)
    write(image_rgb, text, (size, size), size, (0, 0, 0))
    return image_rgb


@with_font
@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_has_letters_for(text: str) -> None:
    """Every letter of these scripts has its own shape: neither nothing nor the mark for a missing one."""
    shapes = {written(letter).tobytes() for letter in {*text, "?"} - {" "}}
    assert len(shapes) == len({*text, "?"} - {" "})
    assert written("").tobytes() not in shapes


def test_missing_letters() -> None:
    """A letter that the font lacks becomes a question mark."""
    assert np.array_equal(written("ก"), written("?"))


@with_font
def test_writes_in_place_and_colour() -> None:
    """A text stands on its baseline, starts at its place, and has the announced width."""
    image_rgb = np.zeros((100, 400, 3), np.uint8)
    write(image_rgb, "HHHH", (50, 70), 40, (10, 200, 30))
    rows, columns = np.nonzero(image_rgb.any(axis=2))
    assert (image_rgb.reshape(-1, 3).max(axis=0) == (10, 200, 30)).all()
    assert rows.max() in range(67, 72)
    assert 50 <= columns.min() < columns.max() <= 50 + width_of("HHHH", 40)


def test_turns_right_to_left() -> None:
    """Hebrew and Arabic are in drawing order, from the left; numbers in them stay as they are."""
    assert printable("קונוס") == "סונוק"
    assert printable("שלט 42") == "42 טלש"
    assert printable("cone") == "cone"


def test_stays_on_one_line() -> None:
    """Line breaks and other controls in a label become spaces."""
    assert printable("safety\ncone\x07") == "safety cone "


@pytest.mark.parametrize("width", [0, 5, 20, 60, 150, 1000])
def test_fits(width: int) -> None:
    """A text is made smaller, then shorter, until it fits the width."""
    text, size = fit("safetycone 0.88", 30, width, min_size=10)
    assert width_of(text, size) <= width
    assert 10 <= size <= 30


def test_fits_without_need() -> None:
    """A text that fits is unchanged; one that nearly fits is made smaller before it is cut."""
    text = "safetycone 0.88"
    assert fit(text, 30, width_of(text, 30), min_size=10) == (text, 30)
    assert fit(text, 30, width_of(text, 20), min_size=10) == (text, 20)
    assert fit(text, 30, width_of(text, 10) // 2, min_size=10)[0].startswith("saf")


def test_without_the_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """If OpenCV lacks the font, ASCII is written, and a question mark for everything else."""
    monkeypatch.setattr(lettering, "FONT", None)
    assert written("cone").min() < 100
    assert np.array_equal(written("é…"), written("?.."))
    assert width_of("cone", 40) < width_of("cone", 80)
