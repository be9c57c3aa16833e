"""Photos are crossed off as often as they have rows."""

from offline.seen import Seen


def test_cross_off() -> None:
    """Each name is there as often as it was, and no other is."""
    seen = Seen(["a", "b", "a", "ü\n"])
    assert [seen.cross_off(name) for name in ("a", "a", "a", "b", "c", "ü\n", "b")] == [
        True, True, False, True, False, True, False
    ]  # fmt: skip


def test_nothing() -> None:
    """An empty list holds nothing."""
    assert not Seen([]).cross_off("a")


def test_many() -> None:
    """All of many names are found, and no others."""
    seen = Seen(f"photo {number}" for number in range(20_000))
    assert all(seen.cross_off(f"photo {number}") for number in range(20_000))
    assert not any(seen.cross_off(f"photo {number}") for number in range(-100, 20_100))
