"""The refusal of a photo that cannot be fetched."""

from web.problems.problem import Refusal


class Unfetchable(Refusal):
    """A photo that cannot be fetched.

    Attributes:
        cause: for the log, which may tell more than callers may know.
    """

    def __init__(self, detail: str, cause: str) -> None:
        """A refusal.

        Args:
            detail: a sentence that says why, and what to do.
            cause: a few words for the log.
        """
        super().__init__(422, detail, code="unfetchable-image")
        self.cause = cause


def unfetchable(detail: str, cause: str = "") -> Unfetchable:
    """The refusal with a sentence that says why the photo cannot be fetched, and what to do; see Unfetchable."""
    return Unfetchable(detail, cause or detail.partition(":")[0])
