"""Keeps a service running whose configuration cannot be read again on SIGHUP."""

import io
from contextlib import redirect_stderr
from typing import Any


def keep_last_configuration(server: Any) -> None:
    """Has gunicorn's master go on with its last configuration if the new one cannot be used.

    By itself it would exit, and end all requests in progress.

    Args:
        server: gunicorn's Arbiter, which has no hook for the moment.
    """
    app = server.app
    read_again = app.reload

    def read_or_keep() -> None:
        last, said = dict(vars(app)), io.StringIO()
        try:
            with redirect_stderr(said):  # gunicorn prints a traceback
                read_again()
        except SystemExit as error:
            vars(app).update(last)
            reason = (said.getvalue().strip() or str(error)).rpartition("\n")[2]
            server.log.error(  # noqa: TRY400 - it says all
                "The configuration cannot be used: %s. The service goes on as it was.", reason.rstrip(".")
            )

    app.reload = read_or_keep
