"""Splits JSON texts into chunks, and decodes long strings chunk by chunk.

A library that decodes a string of 30 MB at once keeps Python from running anything else for up to 60 ms: probes would
wait for it.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

CHUNK = 1 << 16  # bytes
UNFINISHED = re.compile(
    rb"\\(u[0-9a-fA-F]{0,3})?\Z"  # an escape sequence, or the first of two for one character, beyond U+FFFF
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}(\\(u[0-9a-fA-F]{0,3})?)?\Z"
)
LEADING = 0xC0  # and above: bytes of UTF-8 that others follow
CONTINUATION = range(0x80, 0xC0)
LONGEST = 12  # bytes of escape sequences for one character


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some bytes of a JSON text.

    Attributes:
        content: the bytes.
        outside: those of them outside strings, without quotes.
        quotes: the number of quotes that begin or end a string.
        is_inside: True if all of them lie within one string.
    """

    content: bytes
    outside: bytes
    quotes: int
    is_inside: bool


def chunks(text: bytes) -> Iterator[Chunk]:
    """Yields a JSON text chunk by chunk, without dividing a character or an escape sequence."""
    in_string = False
    start = 0
    while start < len(text):
        content = text[start : start + CHUNK]
        if start + len(content) < len(text):
            content = content[: whole_length(content)]
        start += len(content)
        unescaped = content
        if b"\\" in content:
            unescaped = content.replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = unescaped.split(b'"')
        yield Chunk(content, b"".join(parts[in_string::2]), len(parts) - 1, in_string and len(parts) == 1)
        in_string ^= len(parts) % 2 == 0


def whole_length(content: bytes) -> int:
    """The number of bytes before the character or escape sequence that the end divides, if it divides one.

    Args:
        content: bytes that begin with a whole character or escape sequence; more follow them.
    """
    length = len(content)
    for back in range(1, min(4, length) + 1):  # a character has 4 bytes at most
        if content[-back] >= LEADING:
            return length - back
        if content[-back] not in CONTINUATION:
            break
    found = UNFINISHED.search(content, max(0, length - LONGEST))
    if found:
        before = content[: found.start()]
        is_escaped = (len(before) - len(before.rstrip(b"\\"))) % 2
        return length if is_escaped else found.start()
    return length


class LongTexts:
    """The long strings of a JSON document, in which a mark takes the place of each."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(16)  # nobody can guess it, so no string contains it
        self._texts: list[list[str]] = []
        self._goes_on = False

    def __bool__(self) -> bool:
        return bool(self._texts)

    def take(self, chunk: Chunk) -> bytes:
        """Takes a chunk's bytes if they lie within a string. Returns those that are left, or a mark.

        Raises:
            msgspec.DecodeError, UnicodeDecodeError: the chunk cannot be part of a string.
        """
        if not chunk.is_inside:
            self._goes_on = False
            return chunk.content
        mark = b""
        if not self._goes_on:
            mark = f"{self._mark}{len(self._texts)};".encode()
            self._texts.append([])
            self._goes_on = True
        self._texts[-1].append(msgspec.json.decode(b'"%b"' % chunk.content))
        return mark

    def restore(self, value: object) -> object:
        """A value of the document, with the strings in place of their marks."""
        if not self._texts:
            return value
        if isinstance(value, str):
            return self._restore_text(value)
        if isinstance(value, list):
            return [self.restore(each) for each in value]
        if isinstance(value, dict):
            return {self._restore_text(name): self.restore(each) for name, each in value.items()}
        return value

    def _restore_text(self, text: str) -> str:
        before, mark, after = text.partition(self._mark)
        if not mark:
            return text
        index, _, after = after.partition(";")
        return "".join([before, *self._texts[int(index)], after])
