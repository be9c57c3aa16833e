"""Gives each label a colour, the same in every image and process."""

import hashlib

Colour = tuple[int, int, int]  # red, green, blue, 0..255

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)

# Easy to tell apart, and bright: black letters can be read on them, and their lines show on a dark image.
PALETTE: tuple[Colour, ...] = (
    (255, 107, 94),  # coral
    (255, 159, 28),  # orange
    (255, 224, 30),  # yellow
    (184, 230, 0),  # lime
    (60, 210, 90),  # green
    (40, 230, 214),  # turquoise
    (40, 185, 255),  # sky
    (95, 155, 255),  # blue
    (158, 136, 255),  # violet
    (225, 125, 255),  # purple
    (255, 100, 195),  # magenta
    (255, 165, 190),  # pink
    (220, 175, 130),  # tan
    (205, 215, 220),  # silver
)


def colour_of(label: str) -> Colour:
    """The colour of a label's boxes.

    It depends on the label's letters alone, so that nothing has to be agreed on or remembered. Two labels in an image
    may therefore share a colour; the text on the boxes tells them apart.
    """
    digest = hashlib.sha256(label.encode()).digest()
    return PALETTE[int.from_bytes(digest, "big") % len(PALETTE)]
