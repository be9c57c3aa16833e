"""web/server/listener.py: connections are accepted however long a turn of the event loop takes."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from web.server.listener import Listener

CROWD = 1000


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that a crowd may connect to."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=CROWD)) as listening:
        listening.setblocking(False)
        yield listening


class Crowd:
    """Clients that connect at once, and the turns of the event loop in which they are taken."""

    def __init__(self, listening: socket.socket, size: int = CROWD) -> None:
        self.turns: list[int] = []
        self._listening, self._size, self._turn = listening, size, 0

    async def is_taken(self, room: int = 2 * CROWD) -> None:
        """Connects the clients, and waits until all are taken; as many as there is room for stay."""
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def count() -> None:
            self._turn += 1
            loop.call_soon(count)

        with ExitStack() as stack:

            async def connect(client: socket.socket) -> None:
                stack.enter_context(closing(client))
                self.turns.append(self._turn)
                if len(self.turns) == self._size:
                    done.set()

            for _ in range(self._size):
                stack.enter_context(closing(socket.create_connection(self._listening.getsockname())))
            count()
            listener = Listener(self._listening, connect, lambda: room - len(self.turns))
            await asyncio.wait_for(done.wait(), 60)
            listener.close()
            self._listening.close()
            listener.close()  # as gunicorn does when it stops


def test_a_crowd_is_taken_in_a_few_turns(listening: socket.socket) -> None:
    """A thousand clients that come at once are taken in a few turns."""
    crowd = Crowd(listening)
    asyncio.run(crowd.is_taken())
    assert crowd.turns[-1] - crowd.turns[0] < 20


def test_a_few_are_taken_one_by_one(listening: socket.socket) -> None:
    """The first client is taken alone, so that other processes get some of those that came with it."""
    crowd = Crowd(listening, 6)
    asyncio.run(crowd.is_taken())
    assert crowd.turns.count(crowd.turns[0]) == 1


def test_without_room_clients_are_taken_one_by_one(listening: socket.socket) -> None:
    """One client is taken at a time when no descriptors are left, so that another can give way to it."""
    crowd = Crowd(listening, 100)
    asyncio.run(crowd.is_taken(room=10))
    beyond = crowd.turns[10:]
    assert len(set(beyond)) == len(beyond)


def test_takes_the_rest_at_the_end(listening: socket.socket) -> None:
    """Whoever the kernel has accepted is still taken after the end."""
    taken = []

    async def end() -> None:
        async def connect(client: socket.socket) -> None:
            taken.append(client)

        listener = Listener(listening, connect, lambda: CROWD)
        listener.close()
        with ExitStack() as stack:
            for _ in range(300):
                stack.enter_context(closing(socket.create_connection(listening.getsockname())))
            await asyncio.sleep(0.05)
            assert not taken
            await listener.take_rest()
        listening.close()
        listener.close()

    asyncio.run(end())
    assert len(taken) == 300
    for client in taken:
        client.close()
