"""gunicorn's connection, made to withstand crowds and silent clients."""

import asyncio
import math
import string
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from starlette.types import Scope

from web.admission import Claim, Overloaded
from web.gate import Gate
from web.logs import log_no_request
from web.problems.wire import no_request
from web.record import id_of, new_id
from web.scope import keep_claim
from web.server.ending import EndingConnection
from web.server.hosts import has_valid_host

FREE_CHUNKS = 10_000  # of a body in chunks
BYTES_PER_CHUNK = 256  # beyond the free ones, on average
FIRST_BYTES = frozenset(b"!#$%&'*+-.^_`|~\r\n" + string.digits.encode() + string.ascii_letters.encode())  # of HTTP
MAX_REFUSED_AT_ONCE = 32  # requests that came in one piece; beyond, the connection closes, since others wait meanwhile
DISCARDED_BYTES = 1 << 20  # of a refused body that are received and discarded, so that the connection can be kept


def is_from_page(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """True if a page in a browser has sent a request, whose origin the application must check."""
    return any(name == b"origin" for name, _ in headers)


class Connection(EndingConnection):
    """A client's connection.

    Unlike gunicorn's own, it

    - refuses requests without a place at their headers, in a fraction of the time, and stays open;
    - closes if no request has come in time;
    - gives way to newer connections if it is idle and no descriptors are left;
    - refuses bodies in millions of tiny chunks, each of which costs as much as a large one;
    - answers clients that have stopped sending, unless others wait: most of them have left;
    - answers even invalid HTTP with problems, once per request.
    """

    def __init__(self, worker: Any) -> None:
        super().__init__(worker)
        self._claim: Claim | None = None  # of a request that the application has not yet seen
        self._keepalive_handle: asyncio.TimerHandle | None = None
        self._idle_until = 0.0  # in the event loop's time
        self._to_discard = 0  # bytes of a refused body still to come
        self._refused_at_once = 0  # requests of the same piece
        self._is_answered = False  # the current request, at least in part
        self._chunks_left = math.inf  # of the current request's body, before more bytes allow for more
        self._received_before = 0  # the same, when the connection became idle

    # Idle connections

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begins; see asyncio.Protocol."""
        worker = self.worker
        super().connection_made(transport)
        worker.connections.add(self)
        worker.idle[self] = None
        self._close_if_idle_in(worker.rules.header_seconds)
        if worker.nr_conns > worker.max_connections:
            next(iter(worker.idle)).abort()  # this one, if all others are busy

    def connection_lost(self, error: Exception | None) -> None:
        """Ends; see asyncio.Protocol."""
        self.worker.connections.discard(self)
        self.worker.idle.pop(self, None)
        self._release_claim()
        super().connection_lost(error)

    def close_idle(self) -> None:
        """Closes the connection, because no request has come."""
        self._keepalive_timeout()

    def _arm_keepalive_timer(self) -> None:
        if self._has_ended:
            self.close_idle()
            return
        self._received_before = self._received
        self._close_if_idle_in(self._keepalive)
        self.worker.idle.pop(self, None)
        self.worker.idle[self] = None

    def _close_if_idle_in(self, seconds: float) -> None:
        """Keeps a timer that ends earlier, and lengthens it at its end: a new one would add a tenth to a refusal."""
        loop = self.worker.loop
        self._idle_until = loop.time() + seconds
        if self._keepalive_handle is not None and self._keepalive_handle.when() > self._idle_until:
            self._cancel_keepalive_timer()
        if self._keepalive_handle is None:
            self._keepalive_handle = loop.call_later(seconds, self._look_whether_idle)

    def _look_whether_idle(self) -> None:
        self._keepalive_handle = None
        left = self._idle_until - self.worker.loop.time()
        if left > 0:
            self._close_if_idle_in(left)
        else:
            if self._received > self._received_before:  # a part of a head
                self._send_error_response(408, "")
            self.close_idle()

    # Requests

    def _on_headers_complete(self) -> bool:
        rules, parser = self.worker.rules, self._callback_parser
        gate = rules.gate
        if not has_valid_host(parser.headers, parser.http_version):
            raise ValueError
        if gate is not None and not (rules.has_pages and is_from_page(parser.headers)):
            try:
                self._claim = gate.admit(parser.headers)
            except Overloaded as error:
                self._refuse(gate, parser, error.reason)
                return False
        self.worker.idle.pop(self, None)
        self._is_answered = False
        self._body_left = parser.content_length or 0
        self._chunks_left = FREE_CHUNKS if parser.is_chunked else math.inf
        self._ends_after_body = not any(name == b"expect" for name, _ in parser.headers)  # else it may keep the body
        skips_body: bool = super()._on_headers_complete()
        return skips_body

    def _on_message_complete(self) -> None:
        super()._on_message_complete()
        if self._claim is not None:
            with suppress(Overloaded):  # the application, which asks again, refuses the request
                self._claim.arrive()  # now, since the application may be late in a crowd

    def _build_http_scope(self, *arguments: object) -> Scope:
        scope: Scope = super()._build_http_scope(*arguments)
        if self._claim is not None:
            keep_claim(scope, self._claim)
            self._claim = None
        return scope

    def _release_claim(self) -> None:
        gate = self.worker.rules.gate
        if gate is not None and self._claim is not None:
            self._claim.release()
            self._claim = None
            gate.finished += 1

    def _refuse(self, gate: Gate, parser: Any, reason: str) -> None:
        """Answers 503. If the body is small, receives and discards it, and waits for the next request."""
        self._refused_at_once += 1
        stays = (
            not self.worker.is_stopping
            and self._refused_at_once < MAX_REFUSED_AT_ONCE
            and self._keepalive
            and parser.should_keep_alive
            and not parser.is_chunked
            and parser.content_length <= DISCARDED_BYTES
            and not any(name == b"expect" for name, _ in parser.headers)  # else the sender may not send the body
        )
        gate.unseen[503, reason] += 1
        gate.last_unseen = self._peer(), parser.headers
        self._safe_write(gate.refusal(closes=not stays).whole(id_of(parser.headers)))
        if stays and not self._flow_control.write_paused:
            self._to_discard = parser.content_length
            self._arm_keepalive_timer()
        else:
            self.close_idle()

    def _will_close(self, *arguments: object) -> bool:
        receiver = self._body_receiver
        is_unread = receiver is not None and not receiver._complete  # noqa: SLF001 - clients must know before they reuse it
        return bool(self.worker.is_stopping or is_unread or super()._will_close(*arguments))

    def _on_body(self, chunk: bytes) -> None:
        if self._to_discard:
            self._to_discard -= len(chunk)
        else:
            self._body_left -= len(chunk)
            self._chunks_left += len(chunk) / BYTES_PER_CHUNK - 1
            if self._chunks_left < 0:
                raise ValueError
            super()._on_body(chunk)

    def data_received(self, data: bytes) -> None:
        """Takes bytes; see asyncio.Protocol."""
        if self._to_discard and not self._lingers:
            if len(data) < self._to_discard:
                self._to_discard -= len(data)
                return
            data = data[self._to_discard :]
            self._to_discard = 0
            self._callback_parser.reset()
            if not data:
                return
        if self._lingers or self._received or data[0] in FIRST_BYTES:
            super().data_received(data)
        else:  # mostly TLS, whose first message has no line end to wait for
            self._send_error_response(400, "")
            self._close_transport()

    def eof_received(self) -> bool:
        """Keeps the connection for the answers to a client that has stopped sending; see asyncio.Protocol."""
        request, receiver, gate = self._current_request, self._body_receiver, self.worker.rules.gate
        is_whole = request is not None and receiver is not None and receiver._complete  # noqa: SLF001 - part requests have no answer
        has_body = is_whole and (request.content_length or request.chunked)
        others_wait = has_body and gate is not None and gate.has_queue()
        self._has_ended = is_whole and not self._lingers and not others_wait
        return self._has_ended

    def _send_response_start(self, *arguments: Any, **named: Any) -> None:
        self._is_answered = True
        super()._send_response_start(*arguments, **named)

    def _feed_callback_parser(self, data: bytes) -> bool:
        self._refused_at_once = 0
        while True:
            try:
                goes_on: bool = super()._feed_callback_parser(data)
            # No Host, tiny chunks, or what gunicorn does not expect, such as lengths of 5,000 digits.
            except ValueError:
                self._send_error_response(400, "")
                self._close_transport()
                return False
            parser = self._callback_parser
            was_refused = goes_on and self._current_request is None and not self._closed
            if not was_refused or parser is None or not parser.is_complete:
                return goes_on
            data = parser.remaining()  # of more that came in one piece
            parser.reset()
            if not data:
                return True

    def _is_websocket_upgrade(self, _request: object) -> bool:
        return False  # not supported; RFC 9110, section 7.8, allows ignoring an upgrade

    def _send_error_response(self, status: int, _message: str, _headers: object = ()) -> None:
        """Answers requests that gunicorn refuses, or that had no answer, unless the client has left."""
        if self._closed or (self._is_answered and self._current_request is not None):
            return
        gate = self.worker.rules.gate
        if gate is not None and self._current_request is None:
            gate.unseen[status, "http"] += 1
        request_id = new_id()
        answer = no_request(status, request_id)
        log_no_request(self.log.access_log, self._peer(), status, request_id, len(answer.partition(b"\r\n\r\n")[2]))
        self._safe_write(answer)

    def _peer(self) -> str:
        """The address that the connection comes from; empty if it is not known any more."""
        address: str = (self.transport.get_extra_info("peername") or [""])[0]
        return address

    def _close_transport(self) -> None:
        self._release_claim()
        super()._close_transport()
