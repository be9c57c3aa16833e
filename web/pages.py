"""Serves pages for people: the page at /, Swagger UI, the reference, the contract's text."""

from collections.abc import Awaitable, Callable, Iterator
from importlib.resources import files
from pathlib import Path

import msgspec
from connexion.options import SwaggerUIOptions
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import page_options
from web.contract import Contract

METHODS = ("GET", "HEAD")
DOCS = Path(__file__).parent / "docs"
REDOC = Path(str(files("mkdocs_redoc_tag") / "redoc" / "javascripts"))
COMMON_POLICY = "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
PAGE_POLICY = COMMON_POLICY + "script-src 'self'; style-src 'self'; img-src 'self' blob:"
# Swagger UI and Redoc make style elements; Redoc searches in a worker.
DOCS_POLICY = COMMON_POLICY + (
    "script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; font-src data:; worker-src blob:"
)

Endpoint = Callable[[Request], Awaitable[ASGIApp]]


class Pages:
    """ASGI middleware: answers GET for pages and their files; Swagger UI's own page is the next layer's.

    All addresses are relative, so that a proxy may put a prefix before them. If the contract has a base path, they are
    below it.
    """

    def __init__(self, app: ASGIApp, *, contract: Contract, page: Path | None, example: Path | None) -> None:
        """Wraps an application.

        Args:
            app: answers all other requests.
            contract: served at /openapi.yml as its authors wrote it; connexion would resolve all references, and
                generated clients would have four times as many classes.
            page: the folder of the page at GET /; None to show Swagger UI there.
            example: the photo that the pages offer; None for none.
        """
        self._app = app
        self._docs = f"{contract.base_path}/docs/"
        self._router = Router(list(routes(contract, page, example, app)), redirect_slashes=False, default=app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["method"] not in METHODS:
            await self._app(scope, receive, send)
            return
        # Starlette answers unusable ranges as text; RFC 9110 lets servers ignore all, and no file here is large.
        scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"range"]}
        policy = DOCS_POLICY if scope["path"].startswith(self._docs) else PAGE_POLICY

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Content-Security-Policy"] = policy
            await send(message)

        await self._router(scope, receive, send_with_policy)


def routes(contract: Contract, page: Path | None, example: Path | None, app: ASGIApp) -> Iterator[BaseRoute]:
    """The addresses of pages and their files."""
    base = contract.base_path
    if base:
        yield Route("/", redirect(f"{base[1:]}/"))
        yield Route(base, redirect(f"{base.rpartition('/')[2]}/"))
    if page:
        yield Route(f"{base}/", html(FileResponse(page / "index.html", headers={"Vary": "Accept"}), app))
        options = msgspec.json.encode(page_options.form(contract))
        yield Route(f"{base}/page/options.json", respond_with(Response(options, media_type="application/json")))
        yield Mount(f"{base}/page", StaticFiles(directory=page))
    else:
        yield Route(f"{base}/", html(RedirectResponse("docs/", headers={"Vary": "Accept"}), app))
    yield Route(f"{base}/openapi.yml", respond_with(Response(contract.text, media_type="application/yaml")))
    yield Route(f"{base}/docs", redirect("docs/"))
    yield Route(f"{base}/docs/icon.svg", respond_with(FileResponse(DOCS / "icon.svg")))
    if example:
        yield Route(f"{base}/docs/example.jpg", respond_with(Response(example.read_bytes(), media_type="image/jpeg")))
    yield Route(f"{base}/docs/reference", respond_with(FileResponse(DOCS / "reference.html")))
    yield Route(f"{base}/docs/reference/", redirect("../reference"))
    yield Mount(f"{base}/docs/dist", StaticFiles(directory=swagger_ui_files()))
    yield Route(f"{base}/docs/redoc/redoc.standalone.js", respond_with(Response(redoc(), media_type="text/javascript")))
    yield Mount(f"{base}/docs/redoc", StaticFiles(directory=REDOC))


def respond_with(response: Response) -> Endpoint:
    """An endpoint that always returns the same response."""

    async def respond(_request: Request) -> ASGIApp:
        return response

    return respond


def redirect(relative: str) -> Endpoint:
    """An endpoint that redirects to a relative address, which keeps the proxy's scheme, host and prefix."""
    return respond_with(RedirectResponse(relative))


def html(answer: Response, app: ASGIApp) -> Endpoint:
    """An endpoint for callers that accept HTML; others get the application's 405."""

    async def respond(request: Request) -> ASGIApp:
        wanted = request.headers.get("accept", "*/*")
        takes_html = any(media_type in wanted for media_type in ("text/html", "text/*", "*/*"))
        return answer if takes_html else app

    return respond


def swagger_ui(title: str, *, example: bool) -> SwaggerUIOptions:
    """Connexion's options for Swagger UI at /docs/, in our own page.

    Args:
        title: the contract's.
        example: true if the pages offer a photo.
    """
    return SwaggerUIOptions(
        serve_spec=False,
        swagger_ui_path="/docs",
        swagger_ui_template_dir=str(DOCS),
        swagger_ui_template_arguments={"title": title, "example": example},
    )


def redoc() -> str:
    """Redoc's script, changed so that it does not fetch a logo from another host."""
    script = (REDOC / "redoc.standalone.js").read_text("utf-8")
    return script.replace("https://cdn.redoc.ly/redoc/logo-mini.svg", "../docs/icon.svg")


def swagger_ui_files() -> Path:
    """The folder with Swagger UI's script and style: version 5, or connexion's version 4 if that is not installed."""
    try:
        return Path(str(files("flask_swagger_ui") / "dist"))
    except ModuleNotFoundError:
        return Path(str(next((files("swagger_ui_bundle") / "vendor").iterdir())))
