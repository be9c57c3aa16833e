"""The service behind Ray Serve, which starts and stops its replicas; serve.yml has their numbers."""

import asyncio
import logging
import math

import ray
from msgspec.structs import replace
from ray import serve
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from process import keep_freed, usable_cpus
from settings import Settings

READY = "/health/ready"
POLL_SECONDS = 0.1
ID = b"x-request-id"


def build() -> ASGIApp:
    """The application of a replica, for the CPUs that Ray has lent to it."""
    from app import create_app  # noqa: PLC0415 - imports connexion, only in replicas

    logging.getLogger("connexion").setLevel(logging.ERROR)  # it would add a line to some requests
    keep_freed()
    lent = max(1, int(ray.get_runtime_context().get_assigned_resources().get("CPU", 1)))
    return WithoutId(create_app(replace(Settings.read(), workers=math.ceil(usable_cpus() / lent))))


class WithoutId:
    """ASGI middleware: leaves the id of a request to Ray's proxy, which adds the same one to the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""

        async def send_without_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [each for each in message["headers"] if each[0].lower() != ID]}
            await send(message)

        await self._app(scope, receive, send_without_id)


@serve.deployment
@serve.ingress(build)
class Service:
    """A replica of the service."""

    app: ASGIApp

    async def check_health(self) -> None:
        """Waits until the models are ready: before this has returned once, Ray sends no requests."""
        while await status(self.app, READY) != 200:
            await asyncio.sleep(POLL_SECONDS)


async def status(app: ASGIApp, path: str) -> int:
    """The status with which an application answers a GET."""
    found = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal found
        found = message.get("status", found)

    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [],
        "client": None, "server": None,
    }  # fmt: skip
    await app(scope, receive, send)
    return found


application = Service.bind()  # type: ignore[attr-defined]  # Ray's decorators are not typed
