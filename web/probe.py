"""Probes the readiness of the service on this machine: `python -m web.probe` fails if it is not ready."""

import http.client
import os
from pathlib import Path

from web.contract import Contract

CONTRACT = Path(__file__).parents[1] / "openapi.yml"
PORT = 5000  # by default; the settings, which have it, too, take long to load
SECONDS = 4


def is_ready(port: int, base_path: str) -> bool:
    """True if the service that listens on a port is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", f"{base_path}/health/ready")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    raise SystemExit(not is_ready(int(os.environ.get("PORT") or PORT), Contract.read(CONTRACT).base_path))
