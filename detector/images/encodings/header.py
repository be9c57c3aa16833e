"""The facts in a photo's header."""

from dataclasses import dataclass

from detector.images.limits import Cost

# EXIF orientations, of 1 to 8: one that turns nothing, and those that exchange width and height.
UPRIGHT = 1
SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Header:
    """The facts that a file announces, read without decoding it.

    Attributes:
        format: one of encodings.FORMATS.
        width, height: of the stored image, before it is turned upright; pixels.
        content: the bytes to decode: the file, or the part of it that the first image needs.
        cost: of decoding, without the cost of the output pixels.
        orientation: the EXIF orientation, 1 to 8.
        offset: left and top of the frame in `content`, pixels; None if it fills the image.
        whole: True if the file's end is present and shows whether rows are missing.
    """

    format: str
    width: int
    height: int
    content: bytes
    cost: Cost
    orientation: int = UPRIGHT
    offset: tuple[int, int] | None = None
    whole: bool = True

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height of the upright image, pixels."""
        return (self.height, self.width) if self.orientation in SIDEWAYS else (self.width, self.height)
