"""web/server/newcomers.py."""

import socket
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from web.server.newcomers import keep_out, keep_out_at_the_end

ADDRESSES = {"IPv4": (socket.AF_INET, "127.0.0.1"), "IPv6": (socket.AF_INET6, "::1")}


@pytest.fixture(params=ADDRESSES)
def listener(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    """A listening socket."""
    family, host = ADDRESSES[request.param]
    try:
        listener = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"this machine has no {request.param}")
    with listener:
        listener.settimeout(5)
        yield listener


def connect(listener: socket.socket) -> socket.socket:
    """A new connection."""
    return socket.create_connection(listener.getsockname()[:2], timeout=0.3)


def master(listener: socket.socket, **facts: object) -> SimpleNamespace:
    """The attributes of gunicorn's master that are used."""
    facts = {"reexec_pid": 0, "master_pid": 0, "systemd": False} | facts
    return SimpleNamespace(LISTENERS=[SimpleNamespace(sock=listener)], stop=lambda _graceful: None, **facts)


def test_newcomers_wait(listener: socket.socket) -> None:
    """Earlier connections are accepted and go on; later ones are not even begun."""
    with connect(listener) as early:
        keep_out(listener)
        with pytest.raises(TimeoutError):
            connect(listener)
        served, _ = listener.accept()
        with served:
            early.sendall(b"question")
            assert served.recv(100) == b"question"
            served.sendall(b"answer")
            assert early.recv(100) == b"answer"


def test_newcomers_are_kept_out_of_a_service_that_ends(listener: socket.socket) -> None:
    """The master keeps newcomers out before it stops."""
    server = master(listener)
    keep_out_at_the_end(server)
    server.stop()
    with pytest.raises(TimeoutError):
        connect(listener)


@pytest.mark.parametrize("facts", [{"reexec_pid": 7}, {"master_pid": 7}, {"systemd": True}])
def test_newcomers_reach_others_with_the_same_socket(listener: socket.socket, facts: dict[str, object]) -> None:
    """If another master or systemd has the same socket, newcomers are not kept out."""
    server = master(listener, **facts)
    keep_out_at_the_end(server)
    server.stop()
    connect(listener).close()
