"""Limits on the size and the cost of a single photo."""

from dataclasses import dataclass

from detector.errors import ImageTooLarge

# The maximum for one photo by default. Times hold for one core of the machine in docs/performance.md; encodings/*.py
# estimate them from a file's header.
PIXELS = 108_000_000
MILLISECONDS = 450.0
BYTES = 300e6


@dataclass(frozen=True, slots=True)
class Cost:
    """The worst-case cost of decoding.

    Attributes:
        milliseconds: of one core.
        bytes: of memory, at the peak.
    """

    milliseconds: float = 0.0
    bytes: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.milliseconds + other.milliseconds, self.bytes + other.bytes)


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The largest photo that is decoded; larger ones are refused by their header.

    Attributes:
        pixels: maximum width times height.
        side: maximum width, and maximum height.
    """

    pixels: int = PIXELS
    side: int = 16_384

    def check_size(self, width: int, height: int) -> None:
        """Raises ImageTooLarge if a photo of this size is beyond the limits."""
        if max(width, height) > self.side or width * height > self.pixels:
            raise ImageTooLarge(
                f"The photo is too large: at most {self.pixels} pixels and {self.side} along a side are decoded. "
                "Scale it down and send it again."
            )

    def allows(self, cost: Cost) -> bool:
        """True if decoding may cost this much. Cost limits grow in proportion to the pixel limit."""
        times = max(1.0, self.pixels / PIXELS)
        return cost.milliseconds <= MILLISECONDS * times and cost.bytes <= BYTES * times

    def check_cost(self, cost: Cost) -> None:
        """Raises ImageTooLarge if decoding may cost too much."""
        if not self.allows(cost):
            raise ImageTooLarge(
                "The photo takes too much time or memory to decode: scale it down, or send it as a baseline JPEG."
            )
