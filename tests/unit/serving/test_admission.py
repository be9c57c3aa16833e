"""detector/serving/admission.py."""

import threading

import pytest

from detector.serving.admission import Turns

PATIENCE = 30  # seconds until a test that hangs is given up


def test_counts_who_is_there() -> None:
    """Those who work and those who wait are present; nobody is once all are done, also by an exception."""
    turns = Turns(1)
    waiting, done = threading.Event(), threading.Event()

    def wait() -> None:
        waiting.set()
        with turns.turn():
            done.set()

    with turns.turn():
        assert turns.present == 1
        thread = threading.Thread(target=wait)
        thread.start()
        assert waiting.wait(PATIENCE)
        while turns.present < 2:
            pass
        assert not done.is_set()
    assert done.wait(PATIENCE)
    thread.join(PATIENCE)
    with pytest.raises(KeyError), turns.turn():
        raise KeyError
    assert turns.present == 0


def test_lets_so_many_work() -> None:
    """As many as are allowed work at a time, and no more."""
    turns = Turns(2)
    both = threading.Barrier(2)
    working, most = 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal working, most
        with turns.turn():
            with lock:
                working += 1
                most = max(most, working)
            both.wait(PATIENCE)  # passes only where two work at a time
            with lock:
                working -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert most == 2
    assert turns.present == 0
