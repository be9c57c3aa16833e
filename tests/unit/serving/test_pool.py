"""detector/serving/pool.py."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from detector.files.modelfile import ModelFile
from detector.serving.pool import Pool
from detector.tflite.runtime import LITERT, Interpreter


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
    """A builder that has built nothing yet."""
    return Builder(safetycone_file.content)


def test_builds_when_needed(builder: Builder) -> None:
    """Nothing is built before the first image, so a pool can be made before a fork."""
    pool = Pool(builder)
    assert builder.built == []
    with pool.interpreter() as interpreter:
        assert builder.built == [interpreter]


def test_is_used_again(builder: Builder) -> None:
    """Images one after another share one interpreter."""
    pool = Pool(builder)
    for _ in range(5):
        with pool.interpreter():
            pass
    assert len(builder.built) == 1


def test_uses_an_interpreter_built_elsewhere(builder: Builder) -> None:
    """An interpreter built elsewhere serves first, and is not built again."""
    pool = Pool(builder)
    kept = builder()
    pool.keep(kept)
    with pool.interpreter() as first, pool.interpreter() as second:
        assert first is kept
        assert builder.built == [kept, second]


def test_no_two_callers_share_one(builder: Builder) -> None:
    """Eight threads never hold the same interpreter at once, and build at most one each."""
    pool = Pool(builder)
    held: set[int] = set()
    lock = threading.Lock()

    def use(_: int) -> None:
        with pool.interpreter() as interpreter:
            with lock:
                assert id(interpreter) not in held
                held.add(id(interpreter))
            interpreter.invoke()
            with lock:
                held.remove(id(interpreter))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(use, range(40)))
    assert 1 <= len(builder.built) <= 8
    assert held == set()


def test_gives_back_after_an_exception(builder: Builder) -> None:
    """An interpreter whose user failed is available to the next one."""
    pool = Pool(builder)
    with pytest.raises(KeyError), pool.interpreter():
        raise KeyError
    with pool.interpreter() as interpreter:
        assert [interpreter] == builder.built


def test_a_lone_caller_gets_all_threads(builder: Builder) -> None:
    """One more interpreter runs on all threads, for a lone caller; the others run on one, also beside it."""
    pool = Pool(builder, threads=3)
    with pool.interpreter(alone=True) as lone, pool.interpreter() as shared, pool.interpreter() as another:
        assert builder.built == [lone, shared, another]
        assert builder.threads == [3, 1, 1]
    with pool.interpreter(alone=True) as again:
        assert again is lone


def test_one_thread_needs_no_other_interpreter(builder: Builder) -> None:
    """With a single thread, a lone caller gets an ordinary interpreter."""
    pool = Pool(builder)
    with pool.interpreter(alone=True) as lone:
        pass
    with pool.interpreter() as shared:
        assert shared is lone
