"""The record of the current request, for its log line and its problems."""

import re
import uuid
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field

CLIENT_LEFT = 499  # nginx's status for a request whose client left before the answer

# Ids that other programs use: UUIDs, ULIDs, hexadecimal and base64 numbers, traces. None of them can garble a log.
REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:=+/-]{0,127}")
# Source: W3C Trace Context, section 3.2. Neither id is all zeros.
TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[0-9a-z-]{0,128})?"
)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def new_id() -> str:
    """A new id."""
    return str(uuid.uuid4())


@dataclass(slots=True)
class Record:
    """The record of a request.

    Attributes:
        id: the caller's own, if it is well-formed, else a new one.
        traceparent: the trace that it belongs to; empty for none.
        token: the name of its token; empty for none.
        forwarded: its X-Forwarded-For, as it was sent; empty for none.
        operation: the operationId that it was routed to; empty for none.
        status: of its response; CLIENT_LEFT if none has begun.
        code: of its problem, if an error handler made one; empty for none.
        refusal: the resource that was missing; empty if none was.
        bytes_in: the bytes of its body that have arrived.
        stages: the stages of each job and their seconds.
        models: the models that its jobs ran, in order.
        found: the labels that each job found.
        failures: the reason for each photo of a batch that has an error for an answer.
    """

    id: str = field(default_factory=new_id)
    traceparent: str = ""
    token: str = ""
    forwarded: str = ""
    operation: str = ""
    status: int = CLIENT_LEFT
    code: str = ""
    refusal: str = ""
    bytes_in: int = 0
    stages: list[tuple[str, float]] = field(default_factory=list)
    models: dict[str, None] = field(default_factory=dict)
    found: list[Sequence[str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def urn(self) -> str:
        """The id as a URN."""
        return urn_of(self.id)


_current: ContextVar[Record] = ContextVar("record")  # shared with the threads that work for the request


def current() -> Record:
    """The record of the current request; a new one if there is no request."""
    return _current.get(None) or Record()


def begin(headers: Iterable[tuple[bytes, bytes]]) -> Record:
    """Begins the current record, for a request with these headers, as ASGI has them."""
    record = Record(id_of(headers))
    traces = []
    forwarded = []
    for name, value in headers:
        if name == b"traceparent":
            traces.append(value.decode("latin-1"))
        elif name == b"x-forwarded-for":
            forwarded.append(value.decode("latin-1"))
    if len(traces) == 1 and TRACEPARENT.fullmatch(traces[0]):
        record.traceparent = traces[0]
    record.forwarded = ",".join(forwarded)
    _current.set(record)
    return record


def id_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The id of a request with these headers: the caller's own, if it is well-formed, else a new one."""
    ids = [value.decode("latin-1") for name, value in headers if name == b"x-request-id"]
    return ids[0] if len(ids) == 1 and REQUEST_ID.fullmatch(ids[0]) else new_id()


def urn_of(request_id: str) -> str:
    """An id as a URN."""
    return f"urn:uuid:{request_id}" if UUID.fullmatch(request_id) else f"urn:x-request-id:{request_id}"
