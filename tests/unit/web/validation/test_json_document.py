"""web/validation/json_document.py: JSON is read within limits."""

import json

import pytest

from web.problems.problem import Refusal
from web.validation.json_document import MAX_OUTSIDE, MAX_VALUES, decode


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
