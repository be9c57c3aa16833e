"""web/validation/json_document.py: JSON is read within limits."""

import json
from types import FunctionType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.problems.problem import Refusal
from web.validation import json_document, long_texts, turns
from web.validation.json_document import LARGE, MAX_OUTSIDE, MAX_VALUES, decode


@pytest.mark.parametrize(
    ("value", "values"),
    [("0", 1), ('""', 1), ('"\\",,\\\\"', 1), ("[0]", 2), ('{"a":0}', 2), ("[[[0]]]", 4), ("[]", 2), ("{}", 2)],
)
def test_counts_values(value: str, values: int) -> None:
    """A list with too many values of any kind is a 413; up to the limit it is read. An empty one counts as two."""
    count = (MAX_VALUES - 1) // values
    value = value.ljust(4)  # no count is needed where there are fewer than two bytes per value
    assert decode(f"[{','.join([value] * count)}]".encode()) == [json.loads(value)] * count
    with pytest.raises(Refusal) as refused:
        decode(f"[{','.join([value] * (count + 3))}]".encode())
    assert refused.value.status == 413


def test_counts_members() -> None:
    """An object with too many members is a 413; up to the limit it is read."""
    document = {str(name): "," for name in range(MAX_VALUES - 1)}
    assert decode(json.dumps(document).encode()) == document
    with pytest.raises(Refusal, match="more than"):
        decode(json.dumps(document | dict.fromkeys(["a", "b"])).encode())


def test_text_may_be_long() -> None:
    """Commas and brackets inside a text are not values, however many there are."""
    text = '[,{"\\' * MAX_VALUES
    for padding in ("", "x"):  # an escape lies across the end of a block
        assert decode(json.dumps({"text": padding + text}).encode()) == {"text": padding + text}


@pytest.mark.parametrize("filler", [b" ", b"0", b"\n", b"\0"])
def test_nothing_but_texts_may_be_long(filler: bytes) -> None:
    """Megabytes of blanks or digits are a 413, valid or not: while they are parsed, nothing else runs."""
    with pytest.raises(Refusal) as refused:
        decode(b"[0." + filler * MAX_OUTSIDE + b"]")
    assert refused.value.status == 413
    assert decode(b"[0" + b" " * (MAX_OUTSIDE - 10) + b"]") == [0]


def test_quotes_alone_are_refused_soon() -> None:
    """A body of quotes, of which no document has so many, is a 413."""
    with pytest.raises(Refusal, match="more than"):
        decode(b'"' * (5 * MAX_VALUES))


@pytest.mark.parametrize("filler", ["A", "\n", '"', "\\", "é", "\U0001f600", "[,{"])
@pytest.mark.parametrize("is_ascii", [True, False])
def test_long_texts(monkeypatch: pytest.MonkeyPatch, filler: str, is_ascii: bool) -> None:
    """Texts of megabytes are read as they are, wherever they stand; no call of the library gets more than a chunk."""
    lengths = []
    whole, part = json_document._decoder.decode, msgspec.json.decode

    class Watched:
        def decode(self, text: bytes) -> object:
            lengths.append(len(text))
            return whole(text)

    def watched(text: bytes) -> object:
        lengths.append(len(text))
        return part(text)

    text = filler * (LARGE // len(filler))
    document = {"a": [text, {"b": text + "b"}, "c" + text], text: "", "d": 0}
    monkeypatch.setattr(json_document, "_decoder", Watched())
    monkeypatch.setattr(msgspec.json, "decode", watched)
    assert decode(json.dumps(document, ensure_ascii=is_ascii).encode()) == document
    assert max(lengths) < 20 * long_texts.CHUNK


def test_large_bodies_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a large body is read, the event loop gets its turn every megabyte."""
    breaks: list[float] = []
    monkeypatch.setattr(turns, "sleep", breaks.append)
    assert decode(b'"' + b"a" * LARGE + b'"') == "a" * LARGE
    assert len(breaks) == LARGE // (long_texts.CHUNK * json_document.TURN_EVERY)


def test_numbers_give_way() -> None:
    """Numbers are converted one at a time by Python, between which other threads run, as they are everywhere else."""
    assert isinstance(json_document._decoder.float_hook, FunctionType)
    with pytest.raises(Refusal, match="Number out of range"):
        decode(b"[1e999]")


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True))
def test_numbers(text: str) -> None:
    """A number is read as the JSON library reads it, or refused like there."""
    try:
        expected = msgspec.json.decode(text)
    except msgspec.DecodeError:
        with pytest.raises(Refusal, match="Number out of range"):
            decode(text.encode())
    else:
        value = decode(text.encode())
        assert (value, type(value)) == (expected, type(expected))


@pytest.fixture
def tiny_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """All bodies are large, and read in chunks of a few bytes."""
    monkeypatch.setattr(json_document, "SMALL", 0)
    monkeypatch.setattr(json_document, "LARGE", 0)
    monkeypatch.setattr(long_texts, "CHUNK", 16)


PIECES = [
    "\\",
    "\\\\",
    '\\"',
    '"',
    "\\u",
    "\\ud83d",
    "\\ude00",
    "\\u0041",
    "é",
    "\U0001f600",
    "a" * 20,
    ",",
    "[",
    "]",
    "{",
    "}",
    ":",
]


@pytest.mark.usefixtures("tiny_chunks")
@given(
    st.recursive(st.text() | st.integers(-9, 9), lambda each: st.lists(each) | st.dictionaries(st.text(), each)),
    st.booleans(),
)
def test_chunks_change_nothing(document: object, is_ascii: bool) -> None:
    """Any document is read the same in chunks."""
    body = json.dumps(document, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    assert decode(body) == msgspec.json.decode(body)


@pytest.mark.usefixtures("tiny_chunks")
@given(st.lists(st.sampled_from(PIECES)).map("".join), st.integers(0, 3), st.booleans())
def test_chunks_excuse_nothing(text: str, cut: int, is_quoted: bool) -> None:
    """Bytes that are no document are refused in chunks, too, and no others."""
    body = text.encode()
    body = b'"%b"' % body[: len(body) - cut] if is_quoted else body
    try:
        expected = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        with pytest.raises(Refusal):
            decode(body)
    else:
        assert decode(body) == expected
