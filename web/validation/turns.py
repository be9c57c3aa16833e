"""Lets other threads run, above all the event loop, while a thread works on a large body."""

from time import sleep

SECONDS = 1e-4


def give_turn() -> None:
    """Pauses, so that the others run now. Otherwise, Python lets them wait for 5 ms each time."""
    sleep(SECONDS)
