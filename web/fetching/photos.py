"""The fetched photos of a request, for its handler."""

from collections.abc import Mapping

from web.problems.problem import Refusal

Outcome = bytes | Refusal


class FetchedPhotos:
    """The photos that a request names by address, each fetched or refused."""

    def __init__(self, outcomes: Mapping[str, Outcome]) -> None:
        self._outcomes = outcomes

    def photo(self, address: str) -> bytes:
        """The photo at an address of the request.

        Raises:
            Refusal: it was not fetched.
        """
        outcome = self._outcomes[address]
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome
