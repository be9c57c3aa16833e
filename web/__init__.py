"""Serves a contract: server, layers, validation, problems, pages, mock."""

import warnings

# Starlette's test client, which connexion imports, warns of its change of HTTP library, which does not concern us.
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
