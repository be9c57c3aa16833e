"""detector/serving/pool.py."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from detector.files.modelfile import ModelFile
from detector.serving.pool import Pool
from detector.tflite.runtime import LITERT, Interpreter

PATIENCE = 30  # seconds until a test that hangs is given up


class Builder:
    """Builds real interpreters of the bundled model, and keeps them."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.built: list[Interpreter] = []
        self.threads: list[int] = []

    def __call__(self, threads: int = 1) -> Interpreter:
        """One more."""
        self.threads.append(threads)
        self.built.append(LITERT.build(self.content, threads))
        return self.built[-1]


@pytest.fixture
def builder(safetycone_file: ModelFile) -> Builder:
    """One that has built nothing yet."""
    return Builder(safetycone_file.content)


def test_builds_when_needed(builder: Builder) -> None:
    """Nothing is built before the first picture, so that a pool can be made before a fork."""
    pool = Pool(builder, 2)
    assert builder.built == []
    with pool.interpreter() as interpreter:
        assert builder.built == [interpreter]


def test_is_used_again(builder: Builder) -> None:
    """One picture after the other takes one interpreter, whatever the size."""
    pool = Pool(builder, 4)
    for _ in range(5):
        with pool.interpreter():
            pass
    assert len(builder.built) == 1


def test_keeps_what_is_built_already(builder: Builder) -> None:
    """An interpreter from elsewhere serves first, and counts among those that the pool may have."""
    pool = Pool(builder, 2)
    kept = builder()
    pool.keep(kept)
    with pool.interpreter() as first, pool.interpreter() as second:
        assert first is kept
        assert builder.built == [kept, second]


def test_never_more_than_its_size(builder: Builder) -> None:
    """Eight threads with two interpreters build no third, and no two threads hold the same one at a time."""
    pool = Pool(builder, 2)
    held: set[int] = set()
    most = 0
    lock = threading.Lock()

    def use(_: int) -> None:
        nonlocal most
        with pool.interpreter() as interpreter:
            with lock:
                assert id(interpreter) not in held
                held.add(id(interpreter))
                most = max(most, len(held))
            interpreter.invoke()
            with lock:
                held.remove(id(interpreter))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(use, range(40)))
    assert 1 <= most <= 2
    assert len(builder.built) <= 2
    assert held == set()


def test_waits(builder: Builder) -> None:
    """Where all are busy the next one waits, and goes on as soon as one is given back."""
    pool = Pool(builder, 1)
    entered = threading.Event()

    def use() -> None:
        with pool.interpreter():
            entered.set()

    with pool.interpreter():
        thread = threading.Thread(target=use)
        thread.start()
        assert not entered.wait(0.05)
    assert entered.wait(PATIENCE)
    thread.join(PATIENCE)
    assert len(builder.built) == 1


def test_gives_back_after_an_exception(builder: Builder) -> None:
    """An interpreter whose user failed is there for the next one."""
    pool = Pool(builder, 1)
    with pytest.raises(KeyError), pool.interpreter():
        raise KeyError
    with ThreadPoolExecutor(1) as threads:  # a lost interpreter would make this wait for ever
        assert threads.submit(lambda: pool.interpreter().__enter__()).result(PATIENCE) is builder.built[0]


def test_survives_a_failed_build(builder: Builder) -> None:
    """If an interpreter cannot be built, its place is free again."""
    failures = [MemoryError]

    def fail_once(_threads: int) -> Interpreter:
        if failures:
            raise failures.pop()
        return builder()

    pool = Pool(fail_once, 1)
    with pytest.raises(MemoryError), pool.interpreter():
        pass
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(lambda: pool.interpreter().__enter__()).result(PATIENCE) is builder.built[0]


def test_a_lone_caller_gets_all_threads(builder: Builder) -> None:
    """One interpreter more runs on all threads, for who is alone; the others run on one, also beside it."""
    pool = Pool(builder, 2, threads=3)
    with pool.interpreter(alone=True) as lone, pool.interpreter() as shared, pool.interpreter() as another:
        assert builder.built == [lone, shared, another]
        assert builder.threads == [3, 1, 1]
    with pool.interpreter(alone=True) as again:
        assert again is lone


def test_one_thread_needs_no_other_interpreter(builder: Builder) -> None:
    """Where there is but one thread, who is alone gets an interpreter like any other."""
    pool = Pool(builder, 1)
    with pool.interpreter(alone=True) as lone:
        pass
    with pool.interpreter() as shared:
        assert shared is lone
