"""web/validation/multipart.py."""

import pytest

from web.problems.problem import Refusal
from web.validation import turns
from web.validation.multipart import MAX_SEAMS, STEP, content_of, parse

MEDIA_TYPE = "multipart/form-data; boundary=seam"


@pytest.mark.parametrize("content", [b"", b"a", b"\r\n--seal", bytes(range(256)) * 5000], ids=["empty", "a", "b", "c"])
def test_a_file_is_as_it_was_sent(content: bytes) -> None:
    """A file's content is whole, and not copied each time."""
    head = b'--seam\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    _, files = parse(head + content + b"\r\n--seam--\r\n", MEDIA_TYPE, "curl")
    assert content_of(files["file"]) == content
    assert content_of(files["file"]) is content_of(files["file"])


HEAD = b'--seam\r\nContent-Disposition: form-data; name="file"; filename="%b.jpg"\r\n\r\n'
END = b"\r\n--seam--\r\n"


@pytest.mark.parametrize("place", range(-3, 9))
def test_large_forms_give_way(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """While a large form is searched, the event loop gets its turn every megabyte; no boundary is overlooked there."""
    breaks: list[float] = []
    monkeypatch.setattr(turns, "sleep", breaks.append)
    head = HEAD % b"a"
    content = bytes(3 * STEP - len(head) + place)
    _, files = parse(head + content + END, MEDIA_TYPE, "curl")
    assert content_of(files["file"]) == content
    assert len(breaks) in {2, 3}
    with pytest.raises(Refusal):
        parse(head + content + (b"\r\n--seam" + b" " * 70) + END, MEDIA_TYPE, "curl")


def test_small_forms_do_not_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form of less than a megabyte, which is read in the event loop, never pauses it."""
    monkeypatch.setattr(turns, "sleep", lambda _: pytest.fail("paused"))
    parse(HEAD % b"a" + bytes(STEP - 200) + END, MEDIA_TYPE, "curl")


def test_long_boundaries() -> None:
    """A boundary has 70 characters at most, as RFC 2046 says: the time for a search would grow with its length."""
    for length in (70, 71):
        body, media_type = ((HEAD % b"a") + b"b" + END).replace(b"seam", b"-" * length), MEDIA_TYPE[:-4] + "-" * length
        if length == 70:
            _, files = parse(body, media_type, "curl")
            assert content_of(files["file"]) == b"b"
        else:
            with pytest.raises(Refusal):
                parse(body, media_type, "curl")


def test_crowded_forms() -> None:
    """A form with thousands of boundaries is refused, wherever they stand."""
    crowd = b"\r\n--seams" * MAX_SEAMS
    for content in (crowd, bytes(STEP) + crowd):
        with pytest.raises(Refusal):
            parse(HEAD % b"a" + content + END, MEDIA_TYPE, "curl")


@pytest.mark.parametrize("size", [0, 10, 3 * STEP + 7])
def test_names_in_other_encodings(size: int) -> None:
    """Files and texts are whole, also if the names of some files are not UTF-8."""
    content = bytes(range(256)) * (size // 256 + 1)
    body = HEAD % b"a" + content + b"\r\n" + HEAD % b"\xe9" + content + b"\r\n" + HEAD % "é".encode() + b"b" + END
    _, files = parse(b"preamble\r\n" + body, MEDIA_TYPE, "curl")
    assert [content_of(file) for file in files.getlist("file")] == [content, content, b"b"]
    assert files["file"].filename == "a.jpg"
