"""The refusal of a photo that cannot be fetched."""

from web.problems.problem import Refusal


def unfetchable(detail: str) -> Refusal:
    """Why a photo cannot be fetched, in a sentence that says what to do."""
    return Refusal(422, detail, code="unfetchable-image")
