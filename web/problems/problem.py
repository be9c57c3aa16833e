"""Refusals of requests, and the RFC 9457 problems that callers get."""

from collections.abc import Sequence
from http import HTTPStatus

from schemas import Fault, Problem
from web import record
from web.problems.causes import TYPE, code_of_status

MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 20

TITLES = {
    413: "Content Too Large",
    422: "Unprocessable Content",
}  # RFC 9110 renamed these; Python 3.10 has the old names


class Refusal(Exception):
    """A request that is answered with a problem.

    Attributes:
        status: the HTTP status.
        detail: a sentence for the caller that says what to do, and never repeats what the caller sent.
        faults: the request's faults, and their places.
        headers: for the response.
        code: the cause, a key of a table CAUSES, here or in handlers/; by default, that of the status.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        faults: Sequence[Fault] = (),
        headers: dict[str, str] | None = None,
        code: str = "",
    ) -> None:
        super().__init__(detail)
        self.code = code or code_of_status(status)
        self.status = status
        self.detail = detail
        self.faults = faults[:MAX_FAULTS]
        self.headers = headers or {}

    @classmethod
    def for_faults(cls, faults: Sequence[Fault]) -> "Refusal":
        """A 400 that lists a request's faults; one fault beyond MAX_FAULTS stands for any number."""
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        count = f"more than {MAX_FAULTS} faults" if len(faults) > MAX_FAULTS else count
        listed = "; ".join(f"{fault.pointer} {fault.detail}" for fault in faults[:3])
        more = "; …" if len(faults) > 3 else ""
        return cls(400, f"The request has {count}: {listed}{more}.", faults)


def problem(status: int, detail: str, faults: Sequence[Fault] = (), code: str = "") -> Problem:
    """The problem for the current request's sender; see web/problems/causes.py for its code."""
    code = code or code_of_status(status)
    request = record.current()
    sentences = [f"{fault.pointer} {fault.detail}" for fault in faults] or [detail]
    return Problem(
        type=f"{TYPE}{code}",
        code=code,
        title=TITLES.get(status) or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.urn,
        request_id=request.id,
        errors=list(faults),
        error_messages=sentences,
    )
