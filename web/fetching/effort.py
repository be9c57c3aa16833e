"""Bounds the work that photo hosts may cause."""

import re

from httpcore import RemoteProtocolError

INFORMATIONAL = re.compile(rb"\s*HTTP/\d\.\d 1")  # 100 Continue, 103 Early Hints; httpcore accepts every version
END_OF_HEAD = re.compile(rb"\n\r?\n")  # as httpcore has it

# Of an answer, the informational ones before it included; photo hosts have 20 lines and a kilobyte.
MAX_HEAD_LINES = 150
MAX_HEAD_BYTES = 32 << 10

FREE_PIECES = 4000  # of all photos of a request; beyond these, pieces must be of a size on average
FREE_PIECES_OF_HOST = 50  # a photo that comes in fewer pieces is spared if others have used those of the request
BYTES_PER_PIECE = 1024  # less than a packet has

FREE_OVERHEAD = 1 << 20  # bytes of heads and of chunks' frames, beyond as many as the photos may have


class Effort:
    """The pieces and bytes that the photos of one request have come in.

    Each piece costs the event loop about as much as a large one would, and not all bytes are a photo's: a chunk may
    have an extension of any length. Hosts that sent such things until the time limit would keep the event loop busy.
    """

    def __init__(self, max_bytes: int) -> None:
        """Begins at 0.

        Args:
            max_bytes: of all photos.
        """
        self._pieces = 0
        self._bytes = 0
        self._max_bytes = 2 * max_bytes + FREE_OVERHEAD

    def add(self, size: int) -> bool:
        """Adds a piece of that many bytes; returns false if there are too many pieces.

        Raises:
            RemoteProtocolError: there are too many bytes.
        """
        self._pieces += 1
        self._bytes += size
        if self._bytes > self._max_bytes:
            raise RemoteProtocolError("more bytes than the photos may have")
        return self._pieces <= FREE_PIECES + self._bytes / BYTES_PER_PIECE


class AnswerEffort:
    """The same of one answer."""

    def __init__(self, effort: Effort) -> None:
        self._effort = effort
        self._pieces = 0
        self._bytes = 0
        self._head_lines = 0  # of complete heads
        self._head_bytes = 0
        self._head: bytes | None = b""  # that has arrived of the current head; None once the answer's own is complete

    def add(self, piece: bytes) -> None:
        """Adds a piece of the answer.

        Raises:
            RemoteProtocolError: the answer causes too much work.
        """
        self._pieces += 1
        self._bytes += len(piece)
        is_within = self._effort.add(len(piece))
        if not is_within and self._pieces > FREE_PIECES_OF_HOST + self._bytes / BYTES_PER_PIECE:
            raise RemoteProtocolError("too many small pieces")
        if self._head is not None:
            self._add_to_head(piece)

    def _add_to_head(self, piece: bytes) -> None:
        head: bytes | None = (self._head or b"") + piece
        while head and (end := END_OF_HEAD.search(head)):
            self._count_head(head[: end.end()])
            head = head[end.end() :] if INFORMATIONAL.match(head) else None
        self._head = head
        self._check_head(head or b"")

    def _count_head(self, head: bytes) -> None:
        self._head_lines += head.count(b"\n")
        self._head_bytes += len(head)

    def _check_head(self, arriving: bytes) -> None:
        lines, size = self._head_lines + arriving.count(b"\n"), self._head_bytes + len(arriving)
        if lines > MAX_HEAD_LINES or size > MAX_HEAD_BYTES:
            raise RemoteProtocolError("too long a head")
