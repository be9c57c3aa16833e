"""detector/errors.py."""

import pickle

import pytest

from detector.errors import UnusableModel


@pytest.mark.parametrize("name", ["a\n[1] INFO forged", "a\x1b[2J", "a\r", "a\u2028b", "a\u202eb", "a\udcff"])
def test_a_refusal_is_one_line(name: str) -> None:
    """A model's refusal is one line of readable text, whatever the names and contents of its files are."""
    error = UnusableModel(f"{name} is empty: get the file again.")
    assert str(error).isprintable()
    assert str(error).startswith("a\ufffd")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
