"""web/validation/multipart.py."""

import pytest

from web.validation.multipart import content_of, parse

MEDIA_TYPE = "multipart/form-data; boundary=seam"


@pytest.mark.parametrize("content", [b"", b"a", b"\r\n--seal", bytes(range(256)) * 5000], ids=["empty", "a", "b", "c"])
def test_a_file_is_as_it_was_sent(content: bytes) -> None:
    """A file's content is whole, and not copied each time."""
    head = b'--seam\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    _, files = parse(head + content + b"\r\n--seam--\r\n", MEDIA_TYPE, "curl")
    assert content_of(files["file"]) == content
    assert content_of(files["file"]) is content_of(files["file"])
