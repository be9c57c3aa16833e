"""Reads numbers bit by bit."""


class Bits:
    """Bytes as a sequence of bits, the highest of a byte first."""

    def __init__(self, data: bytes) -> None:
        """Starts before the first bit."""
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        """The next number of so many bits."""
        self._left -= count
        if self._left < 0:
            raise ValueError("truncated")
        return self._value >> self._left & (1 << count) - 1

    def take_exponential(self) -> int:
        """The next number in an Exp-Golomb code: as many zeros as it has bits behind its first one."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return self.take(zeros) + (1 << zeros) - 1
