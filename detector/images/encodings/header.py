"""What a photo's header announces."""

from dataclasses import dataclass

from detector.images.limits import Cost

# EXIF orientations, of 1 to 8: one that turns nothing, and those that exchange width and height.
UPRIGHT = 1
SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Header:
    """What a file announces, read from its bytes alone.

    Attributes:
        format: one of encodings.FORMATS.
        width, height: of the stored image, before it is turned upright; pixels.
        content: the bytes to decode: the file, or the part of it that the first image needs.
        cost: of decoding, without that of the pixels that come out.
        orientation: the EXIF orientation, 1 to 8.
        offset: left and top of what `content` shows, where that is only a part of the image, pixels.
        whole: whether its end is there and shows if rows before it are missing.
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
