"""web/tokens/: a token is read from each place that a contract can name, and a 401 names that place."""

from typing import Any

import pytest

from tests.support.contracts import text_of, with_operation
from tests.support.made_service import call
from web.admission import Admission, AdmissionLimits
from web.assembly import Options, Parts, assemble
from web.contract import Contract
from web.mocking.mock import Examples
from web.tokens import Tokens

HEADER = {"type": "apiKey", "in": "header", "name": "X-Key"}
QUERY = {"type": "apiKey", "in": "query", "name": "key"}
COOKIE = {"type": "apiKey", "in": "cookie", "name": "session"}
BEARER = {"type": "http", "scheme": "bearer"}


@pytest.mark.parametrize(
    ("scheme", "target", "headers", "place", "challenge"),
    [
        (HEADER, "/try", {"X-Key": "secret"}, "the header X-Key.", 'ApiKey header="X-Key"'),
        (QUERY, "/try?key=secret", {}, "the query parameter key.", 'ApiKey query="key"'),
        (COOKIE, "/try", {"Cookie": "a=b; session=secret"}, "the cookie session.", 'ApiKey cookie="session"'),
        (BEARER, "/try", {"Authorization": "Bearer secret"}, "the header Authorization, behind Bearer.", "Bearer"),
    ],
)
def test_the_contract_says_where(
    scheme: dict[str, Any], target: str, headers: dict[str, str], place: str, challenge: str
) -> None:
    """The right token at the contract's place is accepted; without it, a 401 names the place."""
    contract = with_operation(security=[{"Key": []}]) | {"components": {"securitySchemes": {"Key": scheme}}}
    read = Contract.parse("made.yml", text_of(contract))
    parts = Parts(Admission(AdmissionLimits(at_once=1)), Tokens.read("secret", ""))
    app = assemble(read, parts, Options(), resolver=Examples(read))
    assert call(app, "GET", target, headers).status == 200
    wrong = {name: value.replace("secret", "wrong") for name, value in headers.items()}
    for refused in (call(app, "GET", "/try"), call(app, "GET", target.replace("secret", "wrong"), wrong)):
        assert refused.status == 401
        assert refused.json["detail"] == f"Send a valid token in {place}"
        assert refused.headers["www-authenticate"] == challenge
