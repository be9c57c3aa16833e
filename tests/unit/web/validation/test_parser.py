"""web/validation/parser.py."""

import asyncio
import threading
import time

import pytest

from web.validation.parser import LARGE, MANY, Parser

SLOW = {"large": b"0" * LARGE, "many values": b"0," * (MANY + 1)}


class Reader:
    """Reads for a moment, and counts.

    Attributes:
        threads: those that have read.
        at_once: the maximum number of bodies that were read at once.
    """

    def __init__(self) -> None:
        self.threads: set[int] = set()
        self.at_once = 0
        self._reading = 0

    def read(self, body: bytes, _content_type: str) -> int:
        """The body's size."""
        self._reading += 1
        self.threads.add(threading.get_ident())
        self.at_once = max(self.at_once, self._reading)
        time.sleep(0.01)
        self._reading -= 1
        return len(body)


async def parse_together(reader: Reader, body: bytes) -> list[object]:
    """Parses some bodies at the same time."""
    parser = Parser()
    return await asyncio.gather(*(parser.parse(reader.read, body, "") for _ in range(4)))


@pytest.mark.parametrize("body", SLOW.values(), ids=SLOW)
def test_slow_bodies_are_parsed_one_by_one_beside_the_loop(body: bytes) -> None:
    """Bodies that may take milliseconds never hold the event loop, and one at a time holds the interpreter."""
    reader = Reader()
    assert asyncio.run(parse_together(reader, body)) == [len(body)] * 4
    assert threading.get_ident() not in reader.threads
    assert reader.at_once == 1


def test_quick_bodies_are_parsed_at_once() -> None:
    """Other bodies are parsed without a change of threads."""
    reader = Reader()
    asyncio.run(parse_together(reader, b"{}"))
    assert reader.threads == {threading.get_ident()}
