"""Turns every exception that leaves connexion or a handler into a problem, in this one place."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from connexion import ConnexionMiddleware
from connexion.exceptions import ProblemException, UnsupportedMediaTypeProblem
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from starlette.exceptions import HTTPException

from schemas import Problem
from web import record
from web.admission import Overloaded
from web.contract import ANY_BYTES
from web.headers import RETRY_AFTER
from web.problems.problem import MEDIA_TYPE, Refusal, problem
from web.scope import operation_of
from web.tokens import Challenge

Dialect = Callable[[Problem], Mapping[str, object]]  # extension members (RFC 9457, section 3.2)

logger = logging.getLogger(__name__)

DETAILS = {
    400: "The request cannot be read. Compare it with the example of this operation in /docs/.",
    404: "There is nothing at this address: see /docs/ for what there is.",
    405: "This address does not take this method: the header Allow names those that it takes.",
    500: "The server failed. Tell its operator the requestId.",
}


class ErrorHandlers:
    """Connexion's error handlers.

    Every handler is async, so that connexion calls it in the event loop and not in a thread.
    """

    def __init__(
        self,
        media_types: Mapping[str, str],
        problems: Mapping[type[Exception], Callable[[Any], Problem]],
        dialects: Mapping[str, Dialect],
        challenge: Challenge,
    ) -> None:
        """Prepares for a contract.

        Args:
            media_types: the media type that each operation takes, by operationId.
            problems: turn exceptions of handlers into problems.
            dialects: add the members that operations' clients expect in an error, by operationId.
            challenge: the answer to callers without an accepted token.
        """
        self._media_types = media_types
        self._problems = problems
        self._dialects = dialects
        self._challenge = challenge

    def register(self, app: ConnexionMiddleware) -> None:
        """Registers the handlers with an application."""
        app.add_error_handler(Refusal, self.refusal)
        app.add_error_handler(Overloaded, self.overloaded)
        for error in self._problems:
            app.add_error_handler(error, self.handler_error)
        app.add_error_handler(UnsupportedMediaTypeProblem, self.unsupported_media_type)
        app.add_error_handler(ProblemException, self.framework_error)
        app.add_error_handler(HTTPException, self.framework_error)
        app.add_error_handler(Exception, self.failure)

    async def refusal(self, request: ConnexionRequest, error: Refusal) -> ConnexionResponse:
        """The response to a refusal by our own code."""
        return self._respond(request, problem(error.status, error.detail, error.faults, error.code), error.headers)

    async def overloaded(self, request: ConnexionRequest, error: Overloaded) -> ConnexionResponse:
        """The response if there was no place or no time."""
        record.current().refusal = error.reason
        return self._respond(request, problem(503, str(error)), RETRY_AFTER)

    async def handler_error(self, request: ConnexionRequest, error: Exception) -> ConnexionResponse:
        """The response to an error of a handler."""
        make = next(make for type_, make in self._problems.items() if isinstance(error, type_))
        return self._respond(request, make(error))

    async def unsupported_media_type(self, request: ConnexionRequest, _error: Exception) -> ConnexionResponse:
        """The response to a Content-Type that the operation does not take."""
        media_type = self._media_types[operation_of(request.scope)]
        types = f"{media_type}, or the photo's own type, such as image/jpeg" if media_type == ANY_BYTES else media_type
        return self._respond(request, problem(415, f"Send the header Content-Type: {types}."))

    async def framework_error(
        self, request: ConnexionRequest, error: ProblemException | HTTPException
    ) -> ConnexionResponse:
        """The response to a refusal by connexion, Starlette or Flask, whose own words may repeat the request."""
        status = error.status if isinstance(error, ProblemException) else error.status_code
        if status >= 500:
            return await self.failure(request, error)
        headers = dict(getattr(error, "headers", None) or {})
        detail = self._challenge.detail if status == 401 else DETAILS.get(status, DETAILS[400])
        return self._respond(request, problem(status, detail), headers)

    async def failure(self, request: ConnexionRequest, error: Exception) -> ConnexionResponse:
        """The response to an unexpected error; the log gets the reason, the caller does not."""
        answer = problem(500, DETAILS[500])
        logger.error("request %s failed", answer.request_id, exc_info=error)
        return self._respond(request, answer)

    def _respond(
        self, request: ConnexionRequest, answer: Problem, headers: Mapping[str, str] | None = None
    ) -> ConnexionResponse:
        """A problem as a response, with the members that the operation's clients expect."""
        record.current().code = answer.code
        if answer.status == 401:
            headers = {**self._challenge.headers, **(headers or {})}
        dialect = self._dialects.get(operation_of(request.scope))
        extensions = dialect(answer) if dialect else {}
        return ConnexionResponse(
            status_code=answer.status,
            mimetype=MEDIA_TYPE,
            content_type=MEDIA_TYPE,
            body=msgspec.json.encode(msgspec.to_builtins(answer) | extensions),
            headers=dict(headers or {}),
        )
