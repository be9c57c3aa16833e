"""What is served beside the contract's operations: the contract itself, and the way to Swagger UI."""

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

READ = ("GET", "HEAD")


class Pages:
    """ASGI middleware: answers GET /openapi.yml, in the authors' own words, and leads GET / to /docs/.

    Connexion would serve the document with all references resolved, from which clients with four times the classes
    are generated; and it takes GET / for a mistaken POST /.
    """

    def __init__(self, app: ASGIApp, *, contract: str) -> None:
        self._app = app
        self._pages = {
            "/openapi.yml": Response(contract, media_type="application/yaml"),
            "/": RedirectResponse("docs/"),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        answer = self._app
        if scope["type"] == "http" and scope["method"] in READ:
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            answer = self._pages.get(path, self._app)
        await answer(scope, receive, send)
