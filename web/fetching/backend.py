"""Connections to photo hosts, which bound the work that an answer causes."""

from collections.abc import Iterable
from typing import Any

import httpcore

from web.fetching.effort import AnswerEffort, Effort


class Stream(httpcore.AsyncNetworkStream):
    """A connection, which serves one request."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, effort: Effort) -> None:
        self._stream = stream
        self._effort = effort
        self._of_answer = AnswerEffort(effort)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Reads bytes.

        Raises:
            httpcore.RemoteProtocolError: the answer causes too much work.
        """
        piece = await self._stream.read(max_bytes, timeout)
        self._of_answer.add(piece)
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Writes bytes."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Closes the connection."""
        await self._stream.aclose()

    async def start_tls(self, *arguments: Any, **named: Any) -> "Stream":
        """Begins to encrypt."""
        return Stream(await self._stream.start_tls(*arguments, **named), self._effort)

    def get_extra_info(self, info: str) -> Any:
        """Facts about the connection."""
        return self._stream.get_extra_info(info)


class Backend(httpcore.AnyIOBackend):
    """Opens connections for one request's photos."""

    def __init__(self, effort: Effort) -> None:
        super().__init__()
        self._effort = effort

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        """Opens a connection."""
        stream = await super().connect_tcp(host, port, timeout, local_address, socket_options)
        return Stream(stream, self._effort)
