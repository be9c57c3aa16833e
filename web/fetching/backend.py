"""Connections to photo hosts that bound the number of informational answers."""

import re
from collections.abc import Iterable
from typing import Any

import httpcore

INFORMATIONAL = re.compile(rb"HTTP/\d\.\d 1")  # 100 Continue, 103 Early Hints; httpcore accepts every version
MAX_INFORMATIONAL = 10  # for each connection, which serves one request


class Stream(httpcore.AsyncNetworkStream):
    """A connection.

    httpcore reads any number of informational answers before the final one, and each costs as much. A host that sent
    nothing else until the time limit would keep the event loop busy.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._informational = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Reads bytes.

        Raises:
            httpcore.RemoteProtocolError: there are too many informational answers.
        """
        data = await self._stream.read(max_bytes, timeout)
        self._informational += len(INFORMATIONAL.findall(data))
        if self._informational > MAX_INFORMATIONAL:
            raise httpcore.RemoteProtocolError("too many informational answers")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Writes bytes."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Closes the connection."""
        await self._stream.aclose()

    async def start_tls(self, *arguments: Any, **named: Any) -> "Stream":
        """Begins to encrypt."""
        return Stream(await self._stream.start_tls(*arguments, **named))

    def get_extra_info(self, info: str) -> Any:
        """Facts about the connection."""
        return self._stream.get_extra_info(info)


class Backend(httpcore.AnyIOBackend):
    """Opens connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        """Opens a connection."""
        return Stream(await super().connect_tcp(host, port, timeout, local_address, socket_options))
