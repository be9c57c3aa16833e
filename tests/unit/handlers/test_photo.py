"""handlers/photo.py: base64 is decoded step by step."""

import base64

import pybase64
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import photo
from handlers.photo import from_base64
from web.problems.problem import Refusal


@pytest.fixture
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few characters are decoded at a time."""
    monkeypatch.setattr(photo, "STEP", 7)


@pytest.mark.usefixtures("short_steps")
@given(st.binary(), st.booleans(), st.booleans(), st.integers(1, 20), st.sampled_from(["", "data:image/png;base64,"]))
def test_steps_change_nothing(content: bytes, is_for_urls: bool, is_padded: bool, width: int, prefix: str) -> None:
    """Both alphabets, with and without padding, line breaks and a prefix, are decoded to the same bytes."""
    text = (base64.urlsafe_b64encode if is_for_urls else base64.b64encode)(content).decode()
    text = text if is_padded else text.rstrip("=")
    lines = "\r\n".join(text[start : start + width] for start in range(0, len(text), width))
    assert from_base64(prefix + lines) == content


@pytest.mark.usefixtures("short_steps")
@pytest.mark.parametrize(
    "text", ["A", "AAAAA", "AA==AAAA", "AAA=A", "AA==" * 2, "AAAA" * 9 + "AA==A", "AAAA=", "AA=A" * 3, "AA*A", "AAé="]
)
def test_steps_excuse_nothing(text: str) -> None:
    """Text that is not base64, or goes on after its padding, is refused."""
    with pytest.raises(Refusal, match="not base64"):
        from_base64(text)


def test_no_step_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a text of megabytes, the library gets a part at a time, since nothing else runs meanwhile."""
    lengths = []
    decode = pybase64.b64decode

    def watched(text: str, *, validate: bool) -> bytes:
        lengths.append(len(text))
        return decode(text, validate=validate)

    monkeypatch.setattr(pybase64, "b64decode", watched)
    content = bytes(range(256)) * 20_000
    assert from_base64(base64.encodebytes(content).decode()) == content
    assert max(lengths) <= photo.STEP + 3
