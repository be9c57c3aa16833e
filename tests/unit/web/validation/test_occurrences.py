"""web/validation/occurrences.py."""

from hypothesis import given
from hypothesis import strategies as st

from web.validation.occurrences import exceeds


@given(st.text("abc", max_size=30), st.sampled_from(["a", "ab", "abc", ""]), st.integers(0, 10))
def test_exceeds_as_counted(text: str, counted: str, number: int) -> None:
    """The answer is that of counting each byte."""
    assert exceeds(text.encode(), counted.encode(), number) == any(text.count(each) > number for each in counted)
