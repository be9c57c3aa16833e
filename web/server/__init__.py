"""gunicorn's worker for ASGI, made to hold against crowds and silent clients."""
