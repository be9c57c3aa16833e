"""A connection to a server, on which a test writes and reads bytes."""

import socket
from urllib.parse import urlsplit

from tests.support.server import PATIENCE, Server

SOON = 10.0  # seconds until something must have happened; the settings here ask for one
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(server: Server, seconds: float = PATIENCE) -> socket.socket:
    """A connection, whose steps may take a time."""
    parts = urlsplit(server.url)
    return socket.create_connection((str(parts.hostname), parts.port or 80), timeout=seconds)


def post(size: int, *headers: str, path: str = "/predict/image") -> bytes:
    """The headers of a POST with a body of some size."""
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: image/jpeg", f"Content-Length: {size}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Reader:
    """Reads responses from a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._file = connection.makefile("rb")

    def response(self) -> tuple[int, dict[str, str], bytes]:
        """The next response: status, headers and body."""
        status = int(self._file.readline().split()[1])
        headers = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, self._file.read(int(headers["content-length"]))

    def is_at_end(self) -> bool:
        """True once the server has closed the connection in order."""
        return self._file.read() == b""
