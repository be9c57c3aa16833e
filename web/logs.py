"""What gunicorn's log line says of a request, beside what gunicorn knows."""

import logging

from web import record


class RequestLines(logging.Filter):
    """Adds what the service knows of a request, and corrects the status of requests whose client has left.

    gunicorn logs a 500 for these, which is what somebody is woken up for; nginx logs a 499. Every answer of ours has an
    id: a line without one had no answer.
    """

    def filter(self, line: logging.LogRecord) -> bool:
        """See logging.Filter; gunicorn's lines have their parts in `args`, `-` for each that is missing."""
        if isinstance(line.args, dict):
            request = record.current()
            if line.args["{x-request-id}o"] == "-":
                line.args["s"] = "499"
                line.args["{x-request-id}o"] = request.id
            line.args["token"] = request.token or "-"
            line.args["traceparent"] = request.traceparent or "-"
        return True
