"""gunicorn's connection, closed so that clients see their answers, without waiting for those that do not read."""

import asyncio
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol

LINGER_SECONDS = 30.0  # for which a client may go on sending a body that is discarded, so that it sees its answer
LINGER_IDLE_SECONDS = 3.0  # the same, if it sends nothing
UNREAD_BYTES = 128 << 20  # of all answers that wait for their readers; beyond, the one that has waited longest is lost
LINGER_BYTES = 64 << 20  # the same, in bytes: twice the largest body that is accepted by default


class EndingConnection(ASGIProtocol):  # type: ignore[misc]  # gunicorn is not typed
    """A client's connection.

    Unlike gunicorn's own, it

    - closes if an answer is not being read, or if too many are being read slowly;
    - closes so that the client sees its answer: an unread body would make the kernel reset the connection, and drop the
      answer with it.
    """

    def __init__(self, worker: Any) -> None:
        super().__init__(worker)
        self._lingers = False
        self._has_ended = False  # the client sends nothing more, and waits for its answers
        self._body_left = 0  # bytes of the current request's body that are still to come, as far as they are announced
        self._ends_after_body = False
        self._received = 0
        self._sent = 0  # bytes of the last part of an answer
        self._stall_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, error: Exception | None) -> None:
        """Ends; see asyncio.Protocol."""
        self._stop_stall_timer()
        self.worker.unread.pop(self, None)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Takes bytes, or discards them behind the last answer; see asyncio.Protocol."""
        if self._lingers:
            self._forget(data)
        else:
            self._received += len(data)
            super().data_received(data)

    # Slow readers

    def _send_body(self, body: bytes, *arguments: Any, **named: Any) -> None:
        self._sent = len(body)
        super()._send_body(body, *arguments, **named)

    def pause_writing(self) -> None:
        """Notes that the client does not read; see asyncio.Protocol."""
        super().pause_writing()
        self._watch_reader(self.transport.get_write_buffer_size())
        unread = self.worker.unread
        # The last part is held as a whole until all of it is sent.
        unread[self] = max(self._sent, self.transport.get_write_buffer_size())
        while len(unread) > 1 and sum(unread.values()) > UNREAD_BYTES:
            next(iter(unread)).abort()

    def resume_writing(self) -> None:
        """Notes that the client reads again; see asyncio.Protocol."""
        self._stop_stall_timer()
        self.worker.unread.pop(self, None)
        super().resume_writing()

    def _watch_reader(self, unread: int) -> None:
        """Aborts the connection if no more of the answer has been read after some time."""

        def look() -> None:
            left = self.transport.get_write_buffer_size()
            if left >= unread:
                self.abort()
            else:
                self._watch_reader(left)

        self._stop_stall_timer()
        self._stall_timer = self.worker.loop.call_later(self.worker.rules.unread_seconds, look)

    def _stop_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    # The end

    def progress(self) -> tuple[int, int] | None:
        """A value that changes while the client sends or reads; None while it waits for an answer."""
        unread = self.transport.get_write_buffer_size()
        receiver = self._body_receiver
        is_complete = self._current_request is not None and receiver is not None and receiver._complete  # noqa: SLF001
        return None if is_complete and not unread else (self._received, unread)

    def abort(self) -> None:
        """Closes the connection at once, even if the client misses its answer."""
        self._stop_stall_timer()
        self.worker.idle.pop(self, None)
        self.worker.unread.pop(self, None)
        self._closed = True
        self.transport.abort()
        self._request_ready.set()

    def _close_transport(self) -> None:
        """Closes the connection once the client has its answer.

        The kernel resets a connection that is closed with unread bytes in it, and the answer is lost. So this discards
        whatever still comes until the client closes its end. It closes the writing end first; but if the rest of a body
        is on its way, only after that, because some clients fail if it closes while they send.
        """
        if self._closed:
            return
        self._closed = True
        if self._has_ended:
            self.transport.close()
            return
        loop = self.worker.loop
        self._lingers = True
        self.worker.idle[self] = None
        self._ends_after_body = self._ends_after_body and self._body_left > 0
        self._received = 0
        if not self._ends_after_body and not self._end_answer():
            return
        self._reading_paused = True  # for gunicorn
        self._resume_reading()
        deadline = loop.time() + LINGER_SECONDS

        def look(received: int, unread: int) -> None:
            left = self.transport.get_write_buffer_size()
            is_still = (self._received, left) == (received, unread)
            if is_still and self._ends_after_body:  # it keeps the rest of its body
                self._ends_after_body = False
                is_still = not self._end_answer()
            if is_still or loop.time() > deadline:
                self.abort()
            else:
                self._stall_timer = loop.call_later(LINGER_IDLE_SECONDS, look, self._received, left)

        self._stop_stall_timer()
        self._stall_timer = loop.call_later(
            LINGER_IDLE_SECONDS, look, self._received, self.transport.get_write_buffer_size()
        )

    def _end_answer(self) -> bool:
        """Closes the writing end; False if the connection is gone."""
        try:
            self.transport.write_eof()
        except (OSError, RuntimeError):
            self.transport.abort()
            return False
        return True

    def _forget(self, data: bytes) -> None:
        """Discards up to a bound of what a client with an answer still sends."""
        self._received += len(data)
        if self._received > LINGER_BYTES:
            self.abort()
        elif self._ends_after_body and self._received >= self._body_left:
            self._ends_after_body = False
            self._end_answer()
