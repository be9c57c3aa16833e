"""The facts that a header states about an image."""

from dataclasses import dataclass

# EXIF orientations, of 1 to 8: one that turns nothing, and those that exchange width and height.
UPRIGHT = 1
SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Announced:
    """What a file announces, as read from its bytes alone.

    Attributes:
        width, height: of the stored image, before it is turned upright; pixels.
        content: the bytes to decode: the file, or the part of it that holds the first image.
        orientation: the EXIF orientation, 1 to 8; where None, only a decoder can tell.
        weight: time or memory that a pixel takes at worst, relative to one of a baseline JPEG.
    """

    width: int
    height: int
    content: bytes
    orientation: int | None = UPRIGHT
    weight: float = 1.0
