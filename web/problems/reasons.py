"""The reasons for refusals, by which metrics count them and the log names them.

docs/operations.md lists them; a test compares both.
"""

from web.admission import Overloaded
from web.problems.causes import code_of_status
from web.record import CLIENT_LEFT, Record

NOT_HTTP = "http"
LACKS = ("place", "room", "memory", "time")  # the reasons for a 503; see web.admission.Overloaded
BY_CODE = {"unfetchable-image": "fetch", "busy": "room"}  # busy: for a photo that was being fetched
BY_STATUS = {  # if nothing more is known
    400: "faults",
    401: "token",
    403: "origin",
    408: "arrival",
    413: "size",
    415: "media_type",
    422: "content",
    CLIENT_LEFT: "client_left",
}
REASONS = tuple(dict.fromkeys((*BY_STATUS.values(), *BY_CODE.values(), *LACKS, NOT_HTTP)))

FAILURES = ("content", "fetch", "memory", "room")  # the common reasons for an error of a photo in a batch


def reason_of_error(error: Exception) -> str:
    """The reason why a photo of a batch has an error for an answer."""
    if isinstance(error, Overloaded):
        return error.reason
    return BY_CODE.get(getattr(error, "code", ""), "content")


def reason_of(request: Record) -> str:
    """The reason why a request was refused; empty if it was not, or if there is no such thing as it asked for."""
    return request.refusal or BY_CODE.get(request.code) or BY_STATUS.get(request.status, "")


def code_of(request: Record) -> str:
    """The code of a request's problem; empty for none."""
    if request.status < 400 or request.status == CLIENT_LEFT:
        return ""
    return request.code or code_of_status(request.status)
