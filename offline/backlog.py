"""The photos that wait for a process, in lots."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MAX_CHARACTERS = 16_384  # of names in a lot: lots fit into the system's buffer, so that sending them never blocks
TRIES = 3  # of a photo that crashes its process


class Photo(NamedTuple):
    """A photo's place in the order, from 0, and its name."""

    number: int
    name: str


Lot = Sequence[Photo]


class Backlog:
    """Hands out photos, returned ones first."""

    def __init__(self, names: Iterable[str]) -> None:
        """Hands out no photo yet.

        Args:
            names: of all photos; read only as needed, one ahead.
        """
        self._new = (Photo(number, name) for number, name in enumerate(names))
        self._next = next(self._new, None)
        self._returned: deque[Lot] = deque()
        self._ends: Counter[int] = Counter()  # of processes that had only this photo

    def take(self, count: int, limit: int) -> Lot:
        """The next lot; an empty one if there is none for now.

        Args:
            count: how many new photos it may have.
            limit: the exclusive upper bound of their numbers.
        """
        if self._returned:
            return self._returned.popleft()
        lot: list[Photo] = []
        characters = 0
        while self._next and len(lot) < count and self._next.number < limit and characters < MAX_CHARACTERS:
            lot.append(self._next)
            characters += len(self._next.name)
            self._next = next(self._new, None)
        return lot

    def put_back(self, lots: Iterable[Lot]) -> None:
        """Takes lots back, to hand them out before any others."""
        self._returned.extendleft(reversed(list(lots)))

    def after_end(self, lots: Sequence[Lot]) -> Photo | None:
        """Takes back the photos of a process that has ended while it processed the first lot.

        Hands out each photo of that lot alone, to find the cause.

        Returns:
            The photo that is the cause, because it has been tried alone TRIES times; it is not taken back.
        """
        first, *others = lots
        suspects = [[photo] for photo in first]
        cause = None
        if len(first) == 1:
            self._ends[first[0].number] += 1
            if self._ends[first[0].number] == TRIES:
                cause = first[0]
                suspects = []
        self.put_back([*suspects, *others])
        return cause
