"""web/layers/chunks.py."""

import asyncio

import pytest

from web.layers.chunks import LARGE, join_chunks


@pytest.mark.parametrize("size", [0, 1, LARGE - 1, LARGE, 3 * LARGE])
def test_joins(size: int) -> None:
    """A body is joined as it came."""
    body = bytes(range(256)) * (size // 256 + 1)
    chunks = [body[start : start + 100_000] for start in range(0, size, 100_000)]
    assert asyncio.run(join_chunks(chunks)) == b"".join(chunks)


@pytest.mark.parametrize(("size", "is_beside"), [(LARGE - 1, False), (LARGE, True)])
def test_large_bodies_are_joined_beside_the_loop(monkeypatch: pytest.MonkeyPatch, size: int, is_beside: bool) -> None:
    """The event loop does not copy a large body; a small one needs no thread."""
    functions = []
    to_thread = asyncio.to_thread

    async def watched(function: object, *arguments: object) -> object:
        functions.append(function)
        return await to_thread(function, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "to_thread", watched)
    assert len(asyncio.run(join_chunks([b"a" * size]))) == size
    assert bool(functions) == is_beside
