"""The backlog returns each photo until it has an outcome, and finds the one that ends processes."""

from offline.backlog import MAX_CHARACTERS, TRIES, Backlog

FAR = 10**9


def test_lots_in_order() -> None:
    """Photos come in order, at most the requested number, and none beyond the limit."""
    backlog = Backlog(f"{number}.jpg" for number in range(5))
    assert [photo.number for photo in backlog.take(3, FAR)] == [0, 1, 2]
    assert [photo.number for photo in backlog.take(3, limit=4)] == [3]
    assert backlog.take(3, limit=4) == []
    assert [photo.number for photo in backlog.take(3, FAR)] == [4]
    assert backlog.take(3, FAR) == []


def test_long_names() -> None:
    """A lot of long names is short, so that sending it never blocks."""
    backlog = Backlog("x" * 4096 for _ in range(100))
    assert len(backlog.take(100, FAR)) == MAX_CHARACTERS // 4096


def test_suspects_come_alone() -> None:
    """After a process has ended, the photos of its first lot come back one by one, before new ones."""
    backlog = Backlog(f"{number}.jpg" for number in range(6))
    lots = [backlog.take(2, FAR), backlog.take(2, FAR)]
    assert backlog.after_end(lots) is None
    assert [[photo.number for photo in backlog.take(9, 0)] for _ in range(3)] == [[0], [1], [2, 3]]
    assert [photo.number for photo in backlog.take(9, FAR)] == [4, 5]


def test_cause() -> None:
    """A photo that is alone in each of several ended processes is the cause; it does not come back."""
    backlog = Backlog(["killer.jpg"])
    for _ in range(TRIES - 1):
        assert backlog.after_end([backlog.take(1, FAR)]) is None
    cause = backlog.after_end([backlog.take(1, FAR)])
    assert cause is not None
    assert cause.name == "killer.jpg"
    assert backlog.take(1, FAR) == []
