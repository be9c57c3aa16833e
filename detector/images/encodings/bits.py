"""Reads numbers bit by bit."""


class Bits:
    """Bytes as a sequence of bits, the highest of a byte first."""

    def __init__(self, data: bytes) -> None:
        """Starts at the first bit."""
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        """Reads a number of `count` bits."""
        self._left -= count
        if self._left < 0:
            raise ValueError("truncated")
        return self._value >> self._left & (1 << count) - 1

    def take_exponential(self) -> int:
        """Reads a number in an Exp-Golomb code: N zeros, then N + 1 bits."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return self.take(zeros) + (1 << zeros) - 1


class LowBits:
    """Bytes as a sequence of bits, the lowest of a byte first."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        """Starts at a bit."""
        self._data = data
        self._position = position
        self._end = 8 * len(data)

    def peek(self, count: int) -> int:
        """The next number of at most 16 bits, which stays; zeros come behind the end."""
        byte, offset = divmod(self._position, 8)
        return int.from_bytes(self._data[byte : byte + 3], "little") >> offset & (1 << count) - 1

    def skip(self, count: int) -> None:
        """Leaves bits out."""
        self._position += count
        if self._position > self._end:
            raise ValueError("truncated")

    def take(self, count: int) -> int:
        """The next number of at most 16 bits."""
        number = self.peek(count)
        self.skip(count)
        return number
