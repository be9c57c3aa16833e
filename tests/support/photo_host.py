"""A host of photos that answers with any bytes, and records its requests."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socket import AF_INET, AF_INET6
from ssl import SSLContext
from typing import Any


def ok(body: bytes, *headers: str) -> bytes:
    """A response with status 200."""
    lines = ["HTTP/1.1 200 OK", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def redirect(location: str) -> bytes:
    """A response with status 302."""
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


Answer = bytes | Callable[[Any], None]


class PhotoHost(socketserver.ThreadingTCPServer):
    """A server at a loopback address.

    Attributes:
        answers: what it sends, by path: bytes, or a function that is given the connection; others are a 404.
        connections: how many were opened.
        requests: the heads of the requests that have reached it, as texts.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: str = "127.0.0.1", port: int = 0, tls: SSLContext | None = None) -> None:
        self.address_family = AF_INET6 if ":" in address else AF_INET
        super().__init__((address, port), _Connection)
        self.answers: dict[str, Answer] = {}
        self.tls = tls
        self.connections = 0
        self.requests: list[str] = []

    @property
    def port(self) -> int:
        """The port that it listens on."""
        port: int = self.server_address[1]
        return port

    @property
    def netloc(self) -> str:
        """Its address and port, as in a URL."""
        return f"{self.server_address[0]!s}:{self.port}"

    def verify_request(self, *_: object) -> bool:
        """Counts a connection."""
        self.connections += 1
        return True


class _Connection(socketserver.BaseRequestHandler):
    server: PhotoHost

    def handle(self) -> None:
        tls = self.server.tls
        with suppress(OSError), tls.wrap_socket(self.request, server_side=True) if tls else self.request as connection:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                received = connection.recv(1)
                if not received:
                    return
                head += received
            self.server.requests.append(head.decode("latin-1"))
            path = head.split()[1].partition(b"?")[0].decode()
            answer = self.server.answers.get(path, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
            if callable(answer):
                answer(connection)
            else:
                connection.sendall(answer)


@contextmanager
def photo_host(address: str = "127.0.0.1", port: int = 0, tls: SSLContext | None = None) -> Iterator[PhotoHost]:
    """A host that runs for as long as the context lasts."""
    with PhotoHost(address, port, tls) as host:
        threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.005}).start()
        try:
            yield host
        finally:
            host.shutdown()
