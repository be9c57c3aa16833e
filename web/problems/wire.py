"""Problems as bytes, for requests that are answered before, or without, the application."""

import msgspec
from starlette.types import Send

from web.headers import NO_PAGE, POLICY, REQUEST_ID, SECURITY
from web.problems.problem import MEDIA_TYPE, problem
from web.record import urn_of

DETAILS = {
    400: "The request is not valid HTTP. Send it with a common client.",
    408: "The request did not arrive in time. Send it again.",
    414: "The address is too long. Send the options in a form or as JSON.",
    431: "The headers are too many or too long. Send fewer.",
    500: "The server failed. Tell its operator the requestId.",
}
MARK = b"\0"
SECURITY_LINES = b"".join(name + b": " + value + b"\r\n" for name, value in (*SECURITY, (POLICY, NO_PAGE)))


class WireProblem:
    """A problem that is built once and sent often, each time with the id of the request."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        """Builds the problem.

        Args:
            status: the HTTP status.
            detail: see web.problems.problem.
            headers: for the response.
        """
        answer = problem(status, detail)
        self._status = status
        self._before, self._between, self._after = (
            msgspec.json.encode(answer)
            .replace(answer.instance.encode(), MARK)
            .replace(answer.request_id.encode(), MARK)
            .split(MARK)
        )
        self._headers = [(b"content-type", MEDIA_TYPE.encode())]
        self._headers += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in self._headers)
        self._head = f"HTTP/1.1 {status} {answer.title}\r\n".encode() + lines + SECURITY_LINES

    def whole(self, request_id: str) -> bytes:
        """The response to a request with an id, in HTTP/1.1."""
        body = self._body(request_id)
        return self._head + f"{REQUEST_ID}: {request_id}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body

    async def send(self, send: Send, request_id: str) -> None:
        """Sends the problem by ASGI; outer layers add the id and the common headers."""
        body = self._body(request_id)
        headers = [*self._headers, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _body(self, request_id: str) -> bytes:
        urn = urn_of(request_id)
        return b"".join((self._before, urn.encode(), self._between, request_id.encode(), self._after))


NO_REQUEST = {status: WireProblem(status, detail, connection="close") for status, detail in DETAILS.items()}


def no_request(status: int, request_id: str) -> bytes:
    """The response to bytes that are not a valid request; a 400 if no other status is known."""
    return NO_REQUEST.get(status, NO_REQUEST[400]).whole(request_id)
