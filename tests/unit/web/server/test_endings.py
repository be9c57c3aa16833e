"""web/server/endings.py: workers that end as soon as they start."""

from web.server.endings import MAX_YOUNG, YOUNG_SECONDS, Endings


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time, seconds."""
        return self.now


def lives(endings: Endings, clock: Clock, seconds: float) -> bool:
    """Reports a worker's life; returns true if no other should follow."""
    worker = object()
    endings.start(worker)
    clock.now += seconds
    return endings.end(worker)


def test_gives_up() -> None:
    """After exactly this many short lives in a row, it gives up."""
    endings = Endings(clock := Clock())
    assert [lives(endings, clock, 1) for _ in range(MAX_YOUNG)] == [False] * (MAX_YOUNG - 1) + [True]


def test_a_long_life_gives_hope() -> None:
    """After one long life, ended or not, others are tried for ever."""
    endings = Endings(clock := Clock())
    for _ in range(3):
        assert not any(lives(endings, clock, 1) for _ in range(MAX_YOUNG - 1))
        assert not lives(endings, clock, YOUNG_SECONDS + 1)
    endings.start("old")
    clock.now += YOUNG_SECONDS + 1
    assert not any(lives(endings, clock, 1) for _ in range(3 * MAX_YOUNG))


def test_a_reload_is_no_ending() -> None:
    """Workers that are replaced on demand do not count."""
    endings = Endings(clock := Clock())
    for _ in range(5):
        assert not any(lives(endings, clock, 1) for _ in range(MAX_YOUNG - 1))
        endings.forget()
