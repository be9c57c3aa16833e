"""Clients that have stopped sending, and wait for their answers."""

import json
import socket
from contextlib import ExitStack, closing

import pytest
import requests

from tests.support.pausing import paused
from tests.support.raw_connection import LIVE, Reader, connect, post
from tests.support.server import PATIENCE, Server, Start, wait_for

SEVERAL = 20


@pytest.mark.parametrize("sends_photos", [False, True])
def test_is_answered(server: Server, photo: bytes, *, sends_photos: bool) -> None:
    """A client that closes its sending end at once gets all its answers, then the end of the connection."""
    request = post(len(photo)) + photo if sends_photos else LIVE
    with closing(connect(server)) as connection:
        connection.sendall(request * SEVERAL)
        connection.shutdown(socket.SHUT_WR)
        reader = Reader(connection)
        assert [reader.response()[0] for _ in range(SEVERAL)] == [200] * SEVERAL
        assert reader.is_at_end()


def test_part_of_a_request_has_no_answer(server: Server, photo: bytes) -> None:
    """A request that is cut off ends with its connection."""
    for part in (LIVE[:20], post(len(photo)) + photo[:-1]):
        with closing(connect(server)) as connection:
            connection.sendall(part)
            connection.shutdown(socket.SHUT_WR)
            assert Reader(connection).is_at_end()


def test_others_come_first(start: Start, large_photo: bytes) -> None:
    """While others wait for a core, clients that no longer send are taken to have left."""
    server = start(DETECTOR_QUEUE="40").wait_until_ready()
    with ExitStack() as stack:
        with paused(*server.workers):
            for _ in range(30):
                connection = stack.enter_context(closing(connect(server)))
                connection.sendall(post(len(large_photo)) + large_photo)
                connection.shutdown(socket.SHUT_WR)
        wait_for(lambda: server.log.count(" 499 ") >= 20, lambda: server.log)
    assert requests.post(f"{server.url}/predict/image", large_photo, timeout=PATIENCE).status_code == 200


def test_one_answer_per_request(server: Server) -> None:
    """Nothing follows an answer that came before the end of a body, even if that end is not HTTP."""
    head = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n%b\r\n" % (100_000, b"x" * 100_000)
    for _ in range(SEVERAL):
        with closing(connect(server)) as connection:
            connection.sendall(head + 4 * chunk + b"no chunk\r\n")
            reader = Reader(connection)
            assert reader.response()[0] in (400, 404)
            assert reader.is_at_end()


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1", b"\x05\x01\x00", b"\x00"])
def test_other_protocols_are_answered_at_once(start: Start, sent: bytes) -> None:
    """Bytes that cannot begin a request, such as those of TLS, are answered without waiting for more."""
    server = start(DETECTOR_HEADER_SECONDS="600").wait_until_ready()
    with closing(connect(server)) as connection:
        connection.sendall(sent)
        status, headers, body = Reader(connection).response()
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert json.loads(body)["status"] == 400
