"""web/problems/reasons.py: the reasons for refusals, and the codes of problems."""

import pytest

from web.problems.causes import CAUSES
from web.problems.reasons import REASONS, code_of, reason_of
from web.record import CLIENT_LEFT, Record


@pytest.mark.parametrize(
    ("request_", "reason", "code"),
    [
        (Record(status=200), "", ""),
        (Record(status=304), "", ""),
        (Record(status=400), "faults", "invalid-request"),
        (Record(status=400, refusal="http"), "http", "invalid-request"),
        (Record(status=401, code="unauthorized"), "token", "unauthorized"),
        (Record(status=404), "", "not-found"),
        (Record(status=405), "", "method-not-allowed"),
        (Record(status=422, code="image-too-large"), "content", "image-too-large"),
        (Record(status=422, code="unfetchable-image"), "fetch", "unfetchable-image"),
        (Record(status=CLIENT_LEFT), "client_left", ""),
        (Record(status=CLIENT_LEFT, refusal="time"), "time", ""),
        (Record(status=500, code="failure"), "", "failure"),
        (Record(status=503, refusal="place"), "place", "busy"),
        (Record(status=503, code="busy"), "room", "busy"),
        (Record(status=503, code="starting"), "", "starting"),
    ],
)
def test_reasons_and_codes(request_: Record, reason: str, code: str) -> None:
    """A refusal has a reason and a code; an answer has neither, and an address without anything has only a code."""
    assert (reason_of(request_), code_of(request_)) == (reason, code)
    assert reason in ("", *REASONS)
    assert code == "" or code in CAUSES or code == "image-too-large"
