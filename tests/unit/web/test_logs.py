"""web/logs.py: one event is one line, whatever it holds."""

import json
import logging

import pytest

from web.logs import JsonLines, TextLines, log_no_request, without_secrets

FORGERY = '/x\n2026-01-01 00:00:00 +0000 [1] ERROR "made up"\r\x1b[2J\x7f\x85\u2028\u2029\x00\udc80'
FORMATTERS = [TextLines(), JsonLines()]


def line_of(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    """The line that a logger writes."""
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("any", logging.DEBUG, "file", 1, message, arguments, info)


@pytest.mark.parametrize("formatter", FORMATTERS)
@pytest.mark.parametrize("arguments", [(FORGERY,), ()])
def test_a_line_stays_one(formatter: logging.Formatter, arguments: tuple[str, ...]) -> None:
    """Untrusted text neither breaks a line in two nor steers a terminal."""
    line = line_of("asked for %s" if arguments else FORGERY, *arguments)
    assert formatter.format(line).isprintable()


def test_json_lines_round_trip() -> None:
    """Every JSON line can be read back unchanged."""
    text = 'ä "quoted" \\ \n\u2028 end'
    assert json.loads(JsonLines().format(line_of("%s", text)))["message"] == text


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_a_traceback_makes_no_line_up(formatter: logging.Formatter) -> None:
    """A traceback with a forged message has no line that starts like the log's own."""
    try:
        int(FORGERY)  # its error repeats its input
    except ValueError as error:
        first, *others = formatter.format(line_of("failed %s", FORGERY, error=error)).split("\n")
    assert first.isprintable()
    assert all(line.startswith("    ") and line.isprintable() for line in others)
    assert "made up" in "".join([first, *others])


@pytest.mark.parametrize(("status", "told"), [(431, "431 http headers-too-large 78 B"), (500, "500 - failure 78 B")])
def test_bytes_that_are_no_request(caplog: pytest.LogCaptureFixture, status: int, told: str) -> None:
    """The answer to bytes that are no request has a line with all the parts of a request's line."""
    caplog.set_level(logging.INFO)
    log_no_request(logging.getLogger("any"), "192.0.2.7", status, "an-id", 78)
    [line] = caplog.records
    words = line.getMessage().split()
    assert " ".join(words).startswith(f'192.0.2.7 - "- - -" {told} ')
    assert words[-1] == "an-id"
    fields = json.loads(JsonLines().format(line))
    reason, code = told.split()[1:3]
    assert (fields["client"], fields["status"], fields["code"], fields["id"]) == ("192.0.2.7", status, code, "an-id")
    assert fields["reason"] == reason.replace("-", "")
    assert "message" not in fields


@pytest.mark.parametrize(
    ("target", "logged"),
    [
        ("/v1/images:annotate?key=secret", "/v1/images:annotate?key=…"),
        ("/?a=1&%6bEY=secret&b=2", "/?a=1&%6bEY=…&b=2"),
        ("/?token=a=b?c&api_key=secret", "/?token=…&api_key=…"),
        ("/models?X-Api-Token=secret&b=2", "/models?X-Api-Token=…&b=2"),
        ("/models?apikey=secret;Authorization=Bearer%20secret", "/models?apikey=…;Authorization=…"),
        ("/models?admin_key=secret/+=?secret#part", "/models?admin_key=…#part"),
        ("/models;access%2Dtoken=secret/more?password=secret", "/models;access%2Dtoken=…?password=…"),
        ("http://user:secret@host/models?a=b@c", "http://…@host/models?a=b@c"),
        ("//secret@host/models", "//…@host/models"),
        ("/?" + "&" * 4000 + "token=secret", "/?" + "&" * 4000 + "token=…"),
        ("/models?type=key&score_th=0.5", "/models?type=key&score_th=0.5"),
        ("/models?mail=a//b@c", "/models?mail=a//b@c"),
        ("/models?", "/models?"),
        ("/models", "/models"),
    ],
)
def test_secrets_in_addresses_are_not_logged(target: str, logged: str) -> None:
    """A secret in a parameter or before a host is removed, however its name is spelt; everything else stays."""
    assert without_secrets(target) == logged
