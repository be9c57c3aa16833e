"""Parses forms of multipart/form-data in memory, within limits."""

import io
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import cast

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from web.problems.problem import Refusal
from web.validation.turns import give_turn

STEP = 1 << 20  # bytes that are searched or copied at a time: while 30 MB are, nothing else runs for up to 0.1 s
MAX_BOUNDARY = 70  # characters, by RFC 2046; for 7,000 dashes, Werkzeug takes 0.1 s for the first 64 KiB of dashes
MAX_PARTS = 400  # each label is a part
MAX_TEXT_BYTES = 100_000  # of all the texts of a form
MAX_SEAMS = 10 * MAX_PARTS  # occurrences of the boundary, some of which may be a file's own bytes
MAX_BLANKS = 64  # after a boundary, where RFC 2046 allows blanks
BLANKS = b" \t\v\f"

Parts = tuple[MultiDict[str, str], MultiDict[str, FileStorage]]


def parse(body: bytes, content_type: str, command: str) -> Parts:
    """Parses the texts and the files of a form.

    Args:
        body: the form.
        content_type: its header.
        command: the beginning of a command that sends such a form.

    Raises:
        Refusal: it is not complete, has no boundary, or has too many or too long fields.
    """
    media_type, options = parse_options_header(content_type)
    try:
        try:
            return _parse(body, media_type, options)
        except UnicodeDecodeError:  # browsers send the names of files in their page's encoding
            return _parse(_with_utf8_headers(body, options["boundary"]), media_type, options)
    except (ValueError, HTTPException):
        raise Refusal(
            400,
            f"The body is not a complete multipart form. Send it as {command} does, "
            "and leave the header Content-Type to your client: it knows the boundary.",
        ) from None


def content_of(file: FileStorage) -> bytes:
    """The content of a parsed file, without copying it: 30 MB take 18 ms, in which nothing else runs."""
    return cast("io.BytesIO", file.stream).getvalue()  # see _in_memory


def _parse(body: bytes, media_type: str, options: dict[str, str]) -> Parts:
    boundary = options.get("boundary", "")
    if len(boundary) > MAX_BOUNDARY or _is_crowded(body, boundary):
        raise ValueError("too long a boundary, or too many")
    parser = FormDataParser(
        stream_factory=_in_memory,
        max_form_memory_size=MAX_TEXT_BYTES,
        max_form_parts=MAX_PARTS,
        silent=False,
    )
    _, texts, files = parser.parse(io.BytesIO(body), media_type, len(body), options)
    if None in texts or None in files:
        raise ValueError("a part without a name")
    return texts, files


def _is_crowded(body: bytes, boundary: str) -> bool:
    """True if a boundary occurs too often, or with too many blanks after it: Werkzeug is slow with each."""
    seam = b"--" + boundary.encode("latin-1", "replace")
    for count, start in enumerate(_occurrences(body, seam), 1):
        end = start + len(seam)
        behind = body[end : end + MAX_BLANKS]
        if count == MAX_SEAMS or (len(behind) == MAX_BLANKS and not behind.strip(BLANKS)):
            return True
    return False


def _occurrences(body: bytes, seam: bytes) -> Iterator[int]:
    """Yields the places in a body at which a seam occurs, step by step."""
    position = 0
    while position < len(body):
        end = position + STEP
        found = body.find(seam, position, end + len(seam) - 1)
        if found >= 0:
            yield found
            position = found + len(seam)
        elif (position := end) < len(body):
            give_turn()


def _with_utf8_headers(body: bytes, boundary: str) -> bytes:
    """The form with headers in UTF-8, although names of files may have changed."""
    seam = b"--" + boundary.encode("latin-1")
    starts = list(islice(_occurrences(body, seam), MAX_PARTS + 1))
    pieces = list(_slices(body, 0, starts[0]))
    for start, end in pairwise([*starts, len(body)]):
        content = body.find(b"\r\n\r\n", start, min(end, start + MAX_TEXT_BYTES))
        headers = body[start + len(seam) : max(content, start + len(seam))]
        pieces += [seam, headers.decode("latin-1").encode()]
        pieces += _slices(body, start + len(seam) + len(headers), end)
    return b"".join(pieces)


def _slices(body: bytes, start: int, end: int) -> Iterator[bytes]:
    """Yields a part of a body step by step."""
    for position in range(start, end, STEP):
        yield body[position : min(position + STEP, end)]


def _in_memory(*_: object, **__: object) -> io.BytesIO:
    """Keeps an uploaded file in memory, because the disk may be read-only."""
    return io.BytesIO()
