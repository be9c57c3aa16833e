"""web/problems/causes.py: each status has a code that stays."""

import pytest

from web.problems.causes import CAUSES, code_of_status
from web.problems.problem import Refusal, problem


@pytest.mark.parametrize("status", [400, 401, 404, 405, 408, 413, 414, 415, 422, 431, 500, 501, 503])
def test_statuses(status: int) -> None:
    """A problem without any other code has its status's code."""
    assert problem(status, "No.").code == code_of_status(status) == Refusal(status, "No.").code
    assert code_of_status(status) in CAUSES
