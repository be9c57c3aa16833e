"""The error for a request without a place."""


class Overloaded(Exception):
    """The service has too much to do; the request may be sent again later.

    Attributes:
        reason: the resource that is missing: `place` in the queue, `room` for the body, `memory` to decode, or `time`.
    """

    def __init__(self, reason: str = "place") -> None:
        self.reason = reason
        super().__init__("The server is busy. Try again in a second.")
