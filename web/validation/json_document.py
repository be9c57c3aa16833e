"""Reads a JSON document from outside, within limits.

A million small values would block the event loop and, as Python objects, take a hundred times the body's memory. So
values are counted before anything is built.
"""

from collections.abc import Iterator

import msgspec

from web.problems.problem import Refusal

MAX_OUTSIDE = 8 << 20  # bytes outside texts, such as blanks and digits: parsing 30 MB of zeros takes 0.1 s
MAX_VALUES = 100_000  # far more than in a batch of 64 photos with 16 features each; at most 25 MB as objects
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some editors write it; RFC 8259 allows parsers to ignore it
CHUNK = 1 << 16  # bytes that are counted at a time, since the first few chunks may contain 100,000 values


def decode(body: bytes) -> object:
    """Decodes a body.

    Raises:
        Refusal: it is empty or not JSON, is nested too deeply, has too many values, or too many bytes outside texts.
    """
    body = body.removeprefix(BYTE_ORDER_MARK)
    if not body:
        raise Refusal(400, "The body is empty. Send JSON like the example of this operation in /docs/.")
    if is_crowded(body):
        raise Refusal(
            413,
            f"The body has more than {MAX_VALUES} values, or {MAX_OUTSIDE} bytes beside its texts. Send fewer at once.",
        )
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise Refusal(400, f"The body is not JSON. {error}.") from None
    except UnicodeDecodeError:
        raise Refusal(400, "The body is not UTF-8 text, as JSON must be.") from None
    except RecursionError:
        raise too_deep() from None


def too_deep() -> Refusal:
    """The refusal of a document that is nested too deeply."""
    return Refusal(400, "The body is nested too deeply. Compare it with the example in /docs/.")


def is_crowded(text: bytes) -> bool:
    """True if a JSON text has more values, or more bytes outside texts, than the limits.

    Each value but the outermost follows a comma or is its container's first. So an empty container counts as two.
    """
    if len(text) < 2 * MAX_VALUES:
        return False
    values = outside = 0
    for structure in outside_strings(text):
        outside += len(structure)
        values += structure.count(b",") + structure.count(b"[") + structure.count(b"{")
        if values > MAX_VALUES or outside > MAX_OUTSIDE:
            return True
    return False


def outside_strings(text: bytes) -> Iterator[bytes]:
    """Yields the parts of a JSON text outside its strings, chunk by chunk."""
    in_string = False
    start = 0
    while start < len(text):
        chunk = text[start : start + CHUNK]
        start += len(chunk)
        if b"\\" in chunk:
            if (len(chunk) - len(chunk.rstrip(b"\\"))) % 2:  # the last escape continues in the next chunk
                chunk += text[start : start + 1]
                start += 1
            chunk = chunk.replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = chunk.split(b'"')
        yield b"".join(parts[in_string::2])
        in_string ^= len(parts) % 2 == 0
