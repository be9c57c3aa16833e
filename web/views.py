"""What Flask calls for an operation: its handler, with what validation has read.

Connexion wraps a handler in decorators that look for its arguments in the request again, at every call. Ours are in
connexion's context by then, see validation.py, or in the path. That is 4 to 5 % more photos with an SSD FPN-Lite.
"""

from collections.abc import Callable
from typing import Any

import flask
from connexion import FlaskApp
from connexion.apps.flask import FlaskOperation
from connexion.context import context


def call_directly(app: FlaskApp) -> None:
    """Let Flask call an application's handlers without connexion's decorators around them."""
    asgi = app._middleware_app  # noqa: SLF001 - connexion offers no other way
    add_api, views = asgi.add_api, app.app.view_functions

    def add_direct_api(*arguments: Any, **options: Any) -> object:
        api = add_api(*arguments, **options)
        for name, view in views.items():
            if isinstance(view, FlaskOperation):
                views[name] = direct(view.__wrapped__)
        return api

    asgi.add_api = add_direct_api  # which connexion calls when the server starts


def direct(handler: Callable[..., flask.Response]) -> Callable[..., flask.Response]:
    """A view that calls a handler with what the context and the path hold."""

    def view(**path: object) -> flask.Response:
        return handler(**{**context, **path})

    return view
