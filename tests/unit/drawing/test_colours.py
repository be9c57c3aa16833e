"""detector/drawing/colours.py."""

import itertools

import cv2
import numpy as np
import pytest

from detector.drawing.colours import BLACK, PALETTE, Colour, colour_of


def luminance(colour: Colour) -> float:
    """The relative luminance of an sRGB colour, 0..1. Source: WCAG 2.2, "relative luminance"."""
    samples = np.array(colour) / 255
    linear = np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, 1..21. Source: WCAG 2.2, "contrast ratio"."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", PALETTE)
def test_black_can_be_read_on_every_colour(colour: Colour) -> None:
    """The contrast with black is the 7 of WCAG 2.2's strictest level, AAA."""
    assert contrast(colour, BLACK) >= 7


def test_colours_differ() -> None:
    """Any two colours differ by 20 or more in CIELAB, where 2 is just noticeable."""
    lab = cv2.cvtColor(np.array([PALETTE], np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(lab, 2)) >= 20


def test_a_label_keeps_its_colour() -> None:
    """A label keeps its colour across versions and processes, whatever their hash seeds."""
    assert colour_of("safetycone") == (255, 224, 30)
    assert colour_of("安全锥") == colour_of("安全锥")


def test_labels_use_all_colours() -> None:
    """A hundred labels are spread over all colours."""
    assert {colour_of(f"label {number}") for number in range(100)} == set(PALETTE)
