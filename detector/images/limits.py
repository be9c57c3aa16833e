"""How much of this service a single photo may take."""

from dataclasses import dataclass

from detector.errors import ImageTooLarge

# The most that a photo takes within the default limits. Times are those of one core of the machine of
# docs/performance.md; encodings/*.py estimate them from a file's header.
PIXELS = 108_000_000
MILLISECONDS = 450.0
BYTES = 300e6


@dataclass(frozen=True, slots=True)
class Cost:
    """What decoding takes at worst.

    Attributes:
        milliseconds: of a core.
        bytes: of memory, at the peak.
    """

    milliseconds: float = 0.0
    bytes: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.milliseconds + other.milliseconds, self.bytes + other.bytes)


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The largest photo that is decoded; larger ones are refused from their header.

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
        """True if decoding may take so much; who allows more pixels allows as many times the cost."""
        times = max(1.0, self.pixels / PIXELS)
        return cost.milliseconds <= MILLISECONDS * times and cost.bytes <= BYTES * times

    def check_cost(self, cost: Cost) -> None:
        """Raises ImageTooLarge if decoding may take too much."""
        if not self.allows(cost):
            raise ImageTooLarge(
                "The photo takes too much time or memory to decode: scale it down, or send it as a baseline JPEG."
            )
