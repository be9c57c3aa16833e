"""Bodies that come in chunks."""

from contextlib import closing

import pytest

from tests.support.raw_connection import Reader, connect
from tests.support.server import Server


@pytest.mark.parametrize(("size", "times", "status"), [(1, 1, 200), (256, 300, 422), (1, 300, 400)])
def test_chunks_may_be_tiny_but_few(server: Server, photo: bytes, size: int, times: int, status: int) -> None:
    """A body may come in chunks of any size; millions of tiny ones are refused, since each costs as much as others."""
    body = photo if times == 1 else bytes(len(photo) * times)
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    with closing(connect(server)) as connection:
        head = b"POST /predict/image HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + chunks + b"0\r\n\r\n")
        assert Reader(connection).response()[0] == status
