"""Why there is no place for a request."""


class Overloaded(Exception):
    """There is too much to do already; the same may be asked again later.

    Attributes:
        reason: what there was none of: `place` in the queue, `room` for the body, `memory` for pixels, or `time`.
    """

    def __init__(self, reason: str = "place") -> None:
        self.reason = reason
        super().__init__("The server is busy. Try again in a second.")
