"""Reads prefix codes as lossless WebPs have them (RFC 9649, section 3.7.2.1)."""

from collections.abc import Sequence

from detector.images.encodings.bits import LowBits

ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)  # of the lengths of the codes for lengths
LONGEST = 15
REPEAT = {16: (2, 3), 17: (3, 3), 18: (7, 11)}  # bits of the count, and what is added to it


class PrefixCode:
    """A code, as a table of all that its longest symbols' bits may be.

    Attributes:
        longest: bits of its longest symbol; 0 if it has but one symbol.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        """Makes the table.

        Args:
            lengths: bits of each symbol; 0 for one that does not occur.

        Raises:
            ValueError: there is no such code.
        """
        used = sorted((length, symbol) for symbol, length in enumerate(lengths) if length)
        if len(used) < 2:
            self.longest = 0
            self._table = [(used[0][1] if used else 0) << 4]
            return
        self.longest = used[-1][0]
        size = 1 << self.longest
        if sum(size >> length for length, _ in used) != size:
            raise ValueError("no prefix code")
        self._table = [0] * size
        code = previous = 0
        for length, symbol in used:
            code <<= length - previous
            previous = length
            first = int(f"{code:0{length}b}"[::-1], 2)  # the first bit of a code is the lowest of what is read
            self._table[first :: 1 << length] = [symbol << 4 | length] * (size >> length)
            code += 1

    def symbol(self, bits: LowBits) -> int:
        """The next symbol."""
        entry = self._table[bits.peek(self.longest)]
        bits.skip(entry & 15)
        return entry >> 4


def read_code(bits: LowBits, symbols: int) -> PrefixCode:
    """The code that comes next, for an alphabet of some symbols."""
    lengths = [0] * symbols
    if bits.take(1):
        several = bits.take(1)
        for width in (8 if bits.take(1) else 1, *[8] * several):
            symbol = bits.take(width)
            if symbol >= symbols:
                raise ValueError("no such symbol")
            lengths[symbol] = 1
        return PrefixCode(lengths)
    of_lengths = [0] * len(ORDER)
    for index in range(bits.take(4) + 4):
        of_lengths[ORDER[index]] = bits.take(3)
    code = PrefixCode(of_lengths)
    left = 2 + bits.take(2 + 2 * bits.take(3)) if bits.take(1) else symbols
    at, previous = 0, 8
    while at < symbols and left:
        left -= 1
        length = code.symbol(bits)
        if length <= LONGEST:
            lengths[at] = length
            at += 1
            previous = length or previous
            continue
        width, least = REPEAT[length]
        count = least + bits.take(width)
        if at + count > symbols:
            raise ValueError("too many lengths")
        lengths[at : at + count] = [previous if length == 16 else 0] * count
        at += count
    return PrefixCode(lengths)
