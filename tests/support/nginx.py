"""Debian's nginx in front of a service, configured by the blocks in docs/proxies.md."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.support.server import PATIENCE, ROOT, Server, free_port, wait_for

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {upstream}
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""


def blocks() -> tuple[str, str]:
    """The nginx blocks of docs/proxies.md: the location, and the upstream that it may name."""
    location, upstream = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "proxies.md").read_text("utf-8"), re.DOTALL)
    return location, upstream


@contextmanager
def nginx(server: Server, folder: Path, *, reuses_connections: bool = False) -> Iterator[str]:
    """The address of a service behind nginx, with a slash at its end.

    Args:
        server: the service.
        folder: for nginx's files.
        reuses_connections: name the service as the upstream.
    """
    assert NGINX
    location, upstream = (block.replace("127.0.0.1:5000", server.url.removeprefix("http://")) for block in blocks())
    if reuses_connections:
        location = location.replace(server.url, "http://specsight")
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, upstream=upstream, location=location), "utf-8")
    process = subprocess.Popen([NGINX, "-p", folder, "-c", file], stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/vision/"
    try:
        wait_for(lambda: answers(url, process), (folder / "error.log").read_text)
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


def answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    """True once nginx answers."""
    assert process.poll() is None
    try:
        return requests.get(f"{url}health/live", timeout=PATIENCE).ok
    except requests.ConnectionError:
        return False
