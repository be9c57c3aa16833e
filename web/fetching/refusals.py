"""The refusal of a photo that cannot be fetched."""

from web.problems.problem import Refusal


def unfetchable(detail: str) -> Refusal:
    """The refusal with a sentence that says why the photo cannot be fetched, and what to do."""
    return Refusal(422, detail, code="unfetchable-image")
