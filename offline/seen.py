"""The photos that have rows in a file of results."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

SIZE = 16  # bytes of a digest, enough for 10^12 names without a collision


class Seen:
    """Names that can be crossed off, each as often as it was there; 24 bytes per name."""

    def __init__(self, names: Iterable[str]) -> None:
        digests = bytearray()
        for name in names:
            digests += _digest(name)
        self._digests, self._counts = np.unique(np.frombuffer(digests, f"S{SIZE}"), return_counts=True)

    def cross_off(self, name: str) -> bool:
        """True if a name is there, once."""
        if not len(self._digests):
            return False
        digest = _digest(name).rstrip(b"\0")  # as numpy gives it
        index = int(np.searchsorted(self._digests, np.bytes_(digest)))
        if index == len(self._digests) or self._digests[index] != digest or not self._counts[index]:
            return False
        self._counts[index] -= 1
        return True


def _digest(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=SIZE).digest()
