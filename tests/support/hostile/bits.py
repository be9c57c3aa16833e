"""Writes numbers bit by bit."""


class BitWriter:
    """Writes numbers one after another, the lowest bit first, as in WebP."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def put(self, value: int, count: int, times: int = 1) -> None:
        """Writes a number of this many bits, this many times."""
        self._bits.append(f"{int(value):0{count}b}"[::-1] * times)

    def put_reversed(self, value: int, count: int) -> None:
        """Writes a number of this many bits, the highest first, as in Huffman codes."""
        self._bits.append(f"{value:0{count}b}")

    @property
    def text(self) -> str:
        """All of them, as digits."""
        return "".join(self._bits)

    def done(self) -> bytes:
        """Returns all of them, padded with zeros."""
        bits = self.text
        size = (len(bits) + 7) // 8
        return int(bits.ljust(8 * size, "0")[::-1], 2).to_bytes(size, "little")
