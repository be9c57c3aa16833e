"""A service made from a contract of one operation, whose handler returns its input; and the mock of it."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import msgspec
from connexion.resolver import Resolver
from starlette.types import ASGIApp, Message

from tests.support.contracts import text_of
from web.admission import Admission, AdmissionLimits
from web.assembly import Options, Parts, assemble, handlers_in
from web.contract import Contract
from web.mocking.mock import Examples
from web.tokens import Tokens


@dataclass(frozen=True)
class Reply:
    """The response of an application."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON."""
        return msgspec.json.decode(self.body)


def service(contract: dict[str, Any], handler: Callable[..., Any]) -> ASGIApp:
    """The service for a contract with the tag tries and the operation tryIt."""
    module = ModuleType("made_handlers.tries")
    handler.__module__, handler.__name__ = module.__name__, "try_it"
    module.try_it = handler  # type: ignore[attr-defined]
    sys.modules |= {"made_handlers": ModuleType("made_handlers"), module.__name__: module}
    read = Contract.parse("made.yml", text_of(contract))
    return assembled(read, handlers_in("made_handlers", read, {}))


def mock(contract: dict[str, Any]) -> ASGIApp:
    """The mock of a contract."""
    read = Contract.parse("made.yml", text_of(contract))
    return assembled(read, Examples(read))


def assembled(contract: Contract, resolver: Resolver) -> ASGIApp:
    """An application with nothing behind its contract, open to everybody."""
    parts = Parts(Admission(AdmissionLimits(at_once=1)), Tokens())
    return assemble(contract, parts, Options(validate_responses=True), resolver=resolver)


def call(app: ASGIApp, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Reply:
    """Sends a request with exactly this target, as a server passes it on."""
    path, _, query = target.partition("?")
    sent: list[Message] = []
    lines = {"content-length": str(len(body))} if body else {}
    lines |= {name.lower(): value for name, value in (headers or {}).items()}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in lines.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 5000),
        "extensions": {},
    }
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        await app(scope, receive, send)

    asyncio.run(run())
    return Reply(
        sent[0]["status"],
        {name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]},
        b"".join(message.get("body", b"") for message in sent[1:]),
    )
