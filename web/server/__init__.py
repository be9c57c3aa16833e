"""gunicorn's worker for ASGI, made to withstand crowds and silent clients."""
