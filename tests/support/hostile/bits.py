"""Writes numbers bit by bit."""


class BitWriter:
    """Puts numbers behind each other, the lowest bit first, as WebP has them."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def put(self, value: int, count: int, times: int = 1) -> None:
        """A number of so many bits, so many times."""
        self._bits.append(f"{int(value):0{count}b}"[::-1] * times)

    def put_reversed(self, value: int, count: int) -> None:
        """A number of so many bits, the highest first, as Huffman codes have them."""
        self._bits.append(f"{value:0{count}b}")

    def done(self) -> bytes:
        """All of them, filled up with zeros."""
        bits = "".join(self._bits)
        size = (len(bits) + 7) // 8
        return int(bits.ljust(8 * size, "0")[::-1], 2).to_bytes(size, "little")
