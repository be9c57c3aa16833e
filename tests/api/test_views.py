"""web/views.py: Flask calls handlers without detours."""

from connexion.apps.flask import FlaskOperation

from app import create_app
from settings import Settings


def test_no_decorators_are_left() -> None:
    """Once the service runs, connexion's decorators are around no handler, and handlers answer."""
    app = create_app(Settings())
    with app.test_client() as client:
        assert client.get("/health/live").json() == {"status": "ok"}
        assert client.get("/models/safetycone").json()["name"] == "safetycone"
    assert len(app.app.view_functions) > 5
    assert not any(isinstance(view, FlaskOperation) for view in app.app.view_functions.values())
