"""detector/files/about.py."""

import pytest

from detector.files.about import MAX_LENGTH, About


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param(("", "", ""), About(), id="nothing"),
        pytest.param(("Fruit", "", ""), About("Fruit"), id="a name"),
        pytest.param(("", "Us", "MIT"), About("Us", "MIT"), id="an author"),
        pytest.param(("Fruit", "Us", " "), About("Fruit, by Us"), id="a name and an author"),
        pytest.param(("Us: fruit", "Us", ""), About("Us: fruit"), id="an author who is in the name"),
        pytest.param(("A\n b\t\x1b[31mc\0", "", "M\u200bIT"), About("A b [31mc", "M IT"), id="control characters"),
        pytest.param(("果物", "ما", ""), About("果物, by ما"), id="any script"),
    ],
)
def test_sentences(texts: tuple[str, str, str], expected: About) -> None:
    """Texts become one line each, without control characters; empty ones are absent."""
    assert About.of(*texts) == expected


def test_long_texts_are_cut() -> None:
    """A text longer than the contract's maximum is cut, and says so."""
    about = About.of("x" * 5000, "y" * 5000, "a b\n" * 5000)
    assert about.origin is not None
    assert about.licence is not None
    for text in (about.origin, about.licence):
        assert (len(text), text[-1]) == (MAX_LENGTH, "…")
