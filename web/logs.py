"""Formats the log, one line per event, as text or as JSON.

Everything from outside, such as a path, is escaped, so that no one can forge or break a line.
"""

import json
import logging
import re
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote_plus

from web import record
from web.forwarded import Proxies
from web.problems.reasons import NOT_HTTP, code_of, reason_of

REQUEST = "request"  # the attribute of a line with the facts about a request
# The line of a request, with the names of its facts.
FORMAT = (
    '%(client)s %(token)s "%(method)s %(path)s %(protocol)s" %(status)s %(reason)s %(code)s %(bytes_out)s B '
    "%(ms_total)s ms %(operation)s %(models)s in %(bytes_in)s B "
    "wait %(ms_waiting)s fetch %(ms_fetching)s decode %(ms_decoding)s infer %(ms_inferring)s ms %(traceparent)s %(id)s"
)
STAGES = {"wait": "ms_waiting", "fetch": "ms_fetching", "decode": "ms_decoding", "infer": "ms_inferring"}
# Parameters that carry secrets, here or in other services, such as `key`, `X-Api-Token` and `access_token`.
SECRET = re.compile(r"token|key|secret|passw|pwd|auth|bearer|credential|signature|session", re.IGNORECASE)
PARAMETER = re.compile(r"(?:^|(?<=[&;#]))([^&;#=]*)=([^&;#]*)")
MAX_PATH = 2048  # characters of a path that are logged


class RequestLines(logging.Filter):
    """Adds the facts about a request, and corrects the status of requests whose client has left.

    gunicorn logs a 500 for these, which raises alarms; nginx logs a 499. Every answer has an id, so a line without one
    had no answer.
    """

    def __init__(self, proxies: str = "") -> None:
        """A filter for gunicorn's lines.

        Args:
            proxies: addresses and networks of trusted proxies, whose X-Forwarded-For is used, comma-separated; `*` for
                all.
        """
        super().__init__()
        self._proxies = Proxies(proxies)

    def filter(self, line: logging.LogRecord) -> bool:
        """See logging.Filter; gunicorn's lines have their parts in `args`, `-` for a missing one."""
        if isinstance(line.args, dict) and not hasattr(line, REQUEST):  # a reload configures logging once more
            facts = self._facts(line.args)
            setattr(line, REQUEST, facts)
            line.args = as_arguments(facts)
        return True

    def _facts(self, atoms: dict[str, Any]) -> dict[str, Any]:
        request = record.current()
        has_answer = atoms["{x-request-id}o"] != "-"
        request.status = int(atoms["s"]) if has_answer else record.CLIENT_LEFT  # a copy would cost a third of the line
        return facts_of(
            request,
            client=self._proxies.client(atoms["h"], request.forwarded),
            method=atoms["m"],
            path=without_secrets(atoms["{raw_uri}e"])[:MAX_PATH],
            protocol=atoms["H"],
            ms_total=round(int(atoms["D"]) / 1000, 1),
            bytes_out=int(atoms["B"] or 0),
        )


def facts_of(request: record.Record, **known: str | float) -> dict[str, Any]:
    """The facts about a request: those on its record, and others that are known."""
    milliseconds = dict.fromkeys(STAGES.values(), 0.0)
    for stage, seconds in request.stages:
        milliseconds[STAGES[stage]] += seconds * 1000
    return {
        "id": request.id,
        "client": "",
        "token": request.token,
        "method": "",
        "path": "",
        "protocol": "",
        "operation": request.operation,
        "status": request.status,
        "reason": reason_of(request),
        "code": code_of(request),
        "models": list(request.models),
        **{name: round(value, 1) for name, value in milliseconds.items()},
        "ms_total": 0.0,
        "bytes_in": request.bytes_in,
        "bytes_out": 0,
        "traceparent": request.traceparent,
        **known,
    }


def as_arguments(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts in the form in which FORMAT shows them."""
    shown = {name: "-" if value == "" else value for name, value in facts.items()}
    return shown | {"models": ",".join(facts["models"]) or "-"}


def log_no_request(logger: logging.Logger, client: str, status: int, request_id: str, bytes_out: int) -> None:
    """Logs the answer to bytes that were no request, in the form of a request's line."""
    reason = NOT_HTTP if status < 500 else ""
    request = record.Record(request_id, status=status, refusal=reason)
    facts = facts_of(request, client=client, bytes_out=bytes_out)
    logger.info(FORMAT, as_arguments(facts), extra={REQUEST: facts})


def without_secrets(target: str) -> str:
    """A request's target without the values of parameters that may be secrets, and without a user and password."""
    path, mark, query = target.partition("?")
    scheme, slashes, rest = path.partition("//")
    host, slash, further = rest.partition("/")
    if "@" in host:
        path = f"{scheme}{slashes}…@{host.rpartition('@')[2]}{slash}{further}"
    return PARAMETER.sub(_without_secret, path) + mark + PARAMETER.sub(_without_secret, query)


def _without_secret(parameter: re.Match[str]) -> str:
    return f"{parameter[1]}=…" if SECRET.search(unquote_plus(parameter[1])) else parameter[0]


class TextLines(logging.Formatter):
    """Formats lines for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s [%(process)d] %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S %z")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """See logging.Formatter."""
        return escape(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """A traceback, indented, so that no line of it looks like one of the log's."""
        return "\n".join(f"    {escape(line)}" for line in super().formatException(ei).splitlines())


class JsonLines(logging.Formatter):
    """Formats lines for programs, as one JSON object each."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "pid": record.process,
        }
        request = getattr(record, REQUEST, None)
        if request:
            fields |= request
        else:
            fields["message"] = record.getMessage()
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, default=str).replace("\x7f", "\\u007f")  # the one control character json leaves


def escape(text: str) -> str:
    """A text with line breaks and other invisible characters escaped."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )
