"""Reads flatbuffers without generated code."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from flatbuffers import encode, number_types, packer
from flatbuffers.table import Table as Fields
from numpy.typing import DTypeLike, NDArray


class Damaged(Exception):
    """The bytes do not follow the schema."""


@contextmanager
def reading() -> Iterator[None]:
    """Turns the errors that damaged bytes cause into Damaged."""
    try:
        yield
    except (struct.error, IndexError, ValueError, TypeError, OverflowError) as error:
        raise Damaged from error


class Table:
    """A table of a flatbuffer: fields, each optional, by their position in the schema.

    Source: the FlatBuffers internals page, flatbuffers.dev. A union counts as two fields: its type, then its value.
    """

    def __init__(self, content: bytes, position: int) -> None:
        if not 0 <= position <= len(content) - 4:
            raise ValueError("a table lies outside of the content")
        self._content = content
        self._fields = Fields(content, position)

    @classmethod
    def root(cls, content: bytes) -> "Table":
        """The outermost table."""
        return cls(content, encode.Get(packer.uoffset, content, 0))

    def number(self, field: int, default: float, kind: type = number_types.Float32Flags) -> float:
        """A number of a type in flatbuffers.number_types."""
        position = self._position(field)
        return self._fields.Get(kind, position) if position else default

    def text(self, field: int) -> str:
        """A string; empty if it is absent."""
        return self.array(field, np.uint8).tobytes().decode()

    def array(self, field: int, dtype: DTypeLike) -> NDArray[np.generic]:
        """A vector of numbers [N]; empty if it is absent."""
        position = self._position(field)
        if not position:
            return np.zeros(0, dtype)
        start = position + encode.Get(packer.uoffset, self._content, position)
        count = encode.Get(packer.uoffset, self._content, start)
        return np.frombuffer(self._content, dtype, count, start + 4)

    def table(self, field: int) -> "Table | None":
        """A table; None if it is absent."""
        position = self._position(field)
        if not position:
            return None
        return Table(self._content, position + encode.Get(packer.uoffset, self._content, position))

    def tables(self, field: int) -> "list[Table]":
        """A vector of tables; empty if it is absent."""
        offsets = self.array(field, np.dtype("<u4"))
        if not len(offsets):
            return []
        position = self._position(field)
        start = position + encode.Get(packer.uoffset, self._content, position) + 4
        return [Table(self._content, start + 4 * number + int(offset)) for number, offset in enumerate(offsets)]

    def _position(self, field: int) -> int:
        """A field's position in the content; 0 if it is absent."""
        offset = self._fields.Offset(4 + 2 * field)
        return self._fields.Pos + offset if offset else 0
