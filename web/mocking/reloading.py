"""Rebuilds an application when one of its files has changed."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

Build = Callable[[], tuple[ASGIApp, Sequence[Path]]]  # returns the application, and the files that it was built from

logger = logging.getLogger(__name__)


class Reloading:
    """An ASGI application that passes requests to one that is rebuilt when its files change.

    While it cannot be built, each request is answered with the reason.
    """

    def __init__(self, build: Build, reason: type[Exception]) -> None:
        """Builds the application.

        Args:
            build: builds the application.
            reason: the error that it raises if it cannot; its text is for people.
        """
        self._build = build
        self._reason = reason
        self._app, self._files = build()
        self._stamps = self._look()
        self._fault = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http":
            self._refresh()
        answer = PlainTextResponse(f"{self._fault}\n", 503) if self._fault and scope["type"] == "http" else self._app
        await answer(scope, receive, send)

    def _refresh(self) -> None:
        stamps = self._look()
        if stamps == self._stamps:
            return
        self._stamps = stamps
        try:
            self._app, self._files = self._build()
        except self._reason as error:
            self._fault = str(error)
            logger.error("The contract cannot be served: %s", error)  # noqa: TRY400 - it is no failure of this program
        else:
            self._fault = ""
            self._stamps = self._look()
            logger.info("The contract has changed and was read again.")

    def _look(self) -> list[tuple[int, int] | None]:
        """The time and the size of each file; None if it is missing."""
        return [_stamp(file) for file in self._files]


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
