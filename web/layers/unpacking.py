"""Unpacks bodies with a Content-Encoding, step by step, within the limits of all bodies."""

import asyncio
import zlib
from collections.abc import Callable, Iterable, Iterator

from web.layers.chunks import join_chunks
from web.problems.problem import Refusal

STEP = 1 << 20  # bytes to unpack before other requests get their turn
WINDOW = 1 << 16  # bytes that are unpacked at a time; zlib copies what lies behind the end of a member
MAX_MEMBERS = 1000  # of a gzip file; they may be empty
WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's names for the formats
RAW_DEFLATE = -15  # some clients send deflate without the header that RFC 9110 requires
SUPPORTED = {"Accept-Encoding": "gzip, deflate"}  # of a 415, by RFC 9110


def content_coding(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The coding of a request's body; empty if it has none."""
    values = [value for name, value in headers if name == b"content-encoding"]
    coding = b",".join(values).decode("latin-1").strip().lower()
    return "" if coding == "identity" else coding


async def unpack(body: bytes, coding: str, max_bytes: int, hold: Callable[[int], None]) -> bytes:
    """Unpacks a body.

    Args:
        body: as it was sent.
        coding: see content_coding.
        max_bytes: the largest body, unpacked.
        hold: called with the number of bytes that each step adds.

    Raises:
        Refusal: it cannot be unpacked, or is too large unpacked.
    """
    if coding not in WINDOW_BITS:
        raise Refusal(
            415, "Send the body as gzip, as deflate, or without the header Content-Encoding.", headers=SUPPORTED
        )
    is_raw = coding == "deflate" and not _has_zlib_header(body)
    bits = RAW_DEFLATE if is_raw else WINDOW_BITS[coding]
    chunks: list[bytes] = []
    size = 0
    try:
        for chunk in _chunks(body, bits):
            size += len(chunk)
            if size > max_bytes:
                break
            hold(len(chunk))
            chunks.append(chunk)
            await asyncio.sleep(0)
    except zlib.error:
        raise Refusal(400, f"The body is not {coding}, as its header Content-Encoding says, or not whole.") from None
    if size > max_bytes:
        raise Refusal(413, f"The body is larger than {max_bytes} bytes when it is unpacked. Send less at once.")
    return await join_chunks(chunks)


def _chunks(body: bytes, bits: int) -> Iterator[bytes]:
    """Yields the unpacked body, at most a step at a time; raises zlib.error if it is not in its format."""
    position = 0
    for _ in range(MAX_MEMBERS):  # a gzip file may have several members
        stream = zlib.decompressobj(bits)
        while not stream.eof:
            window = body[position : position + WINDOW]
            chunk = stream.decompress(window, STEP)
            position += len(window) - len(stream.unconsumed_tail) - len(stream.unused_data)
            if not chunk and not window and not stream.eof:
                raise zlib.error
            yield chunk
        if position == len(body):
            return
    raise zlib.error


def _has_zlib_header(body: bytes) -> bool:
    """True if a body starts with the header of RFC 1950."""
    return len(body) > 1 and body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0
