"""Reads a JSON document from outside, within limits.

A million small values would block the event loop and, as Python objects, take a hundred times the body's memory. So
values are counted before anything is built.
"""

import math

import msgspec

from web.problems.problem import Refusal
from web.validation.long_texts import LongTexts, chunks
from web.validation.occurrences import exceeds
from web.validation.turns import give_turn

MAX_OUTSIDE = 8 << 20  # bytes outside texts, such as blanks and digits: parsing 30 MB of zeros takes 0.1 s
MAX_VALUES = 100_000  # far more than in a batch of 64 photos with 16 features each; at most 25 MB as objects
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some editors write it; RFC 8259 allows parsers to ignore it
SMALL = 2 * MAX_VALUES  # bytes, fewer than any 100,000 values take
LARGE = 4 << 20  # bytes that take some 10 ms to decode at once
FEW = 1000  # of each byte that may begin or end a value
TURN_EVERY = 16  # chunks, a megabyte; smaller bodies may be read in the event loop, which must not wait for itself


def _to_float(text: str) -> float:
    """Converts a number with a fraction or an exponent.

    msgspec takes up to 40 microseconds for one that ends in e-300, so 100,000 of them took 0.7 s, in which nothing else
    ran. Python's conversion takes 1.5 microseconds, and lets others run between two numbers.

    Raises:
        ValueError: it is too large.
    """
    value = float(text)
    if math.isinf(value):
        raise ValueError("Number out of range")
    return value


_decoder = msgspec.json.Decoder(float_hook=_to_float)


def decode(body: bytes) -> object:
    """Decodes a body.

    Raises:
        Refusal: it is empty or not JSON, is nested too deeply, has too many values, or too many bytes outside texts.
    """
    body = body.removeprefix(BYTE_ORDER_MARK)
    if not body:
        raise Refusal(400, "The body is empty. Send JSON like the example of this operation in /docs/.")
    texts = LongTexts()
    try:
        if len(body) >= LARGE or (len(body) >= SMALL and exceeds(body, b',[{"', FEW)):
            body = _take_out_texts(body, texts)
        return texts.restore(_decoder.decode(body))
    except msgspec.DecodeError as error:
        fault = str(error) if not texts else str(error).partition(" (byte")[0]  # counts what is left of the body
        raise Refusal(400, f"The body is not JSON. {fault}.") from None
    except UnicodeDecodeError:
        raise Refusal(400, "The body is not UTF-8 text, as JSON must be.") from None
    except RecursionError:
        raise too_deep() from None


def too_deep() -> Refusal:
    """The refusal of a document that is nested too deeply."""
    return Refusal(400, "The body is nested too deeply. Compare it with the example in /docs/.")


def _take_out_texts(body: bytes, texts: LongTexts) -> bytes:
    """Counts what is in a body, and takes the long texts out of a large one. Returns what is left of it.

    Each value but the outermost follows a comma or is its container's first. So an empty container counts as two.
    An object has at most four quotes per member.

    Raises:
        Refusal: it has more values, or more bytes outside texts, than the limits.
        msgspec.DecodeError, UnicodeDecodeError: a long text is not one.
    """
    left = []
    values = outside = quotes = 0
    for index, chunk in enumerate(chunks(body), 1):
        if index % TURN_EVERY == 0:
            give_turn()
        outside += len(chunk.outside)
        values += chunk.outside.count(b",") + chunk.outside.count(b"[") + chunk.outside.count(b"{")
        quotes += chunk.quotes
        if values > MAX_VALUES or outside > MAX_OUTSIDE or quotes > 4 * MAX_VALUES:
            raise Refusal(
                413,
                f"The body has more than {MAX_VALUES} values, or {MAX_OUTSIDE} bytes beside its texts. "
                "Send fewer at once.",
            )
        if len(body) >= LARGE:
            left.append(texts.take(chunk))
    return b"".join(left) or body
