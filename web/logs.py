"""What the log says of requests."""

import logging


class ClientsThatLeft(logging.Filter):
    """Gives a request whose sender left before it was answered the status 499, as nginx does.

    gunicorn logs a 500, which is what somebody is woken up for. Every answer of ours carries an id, so where the line
    has none, there was no answer.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging.Filter; gunicorn's lines have their parts in `args`, `-` for each that is missing."""
        if isinstance(record.args, dict) and record.args["{x-request-id}o"] == "-":
            record.args["s"] = "499"
        return True
