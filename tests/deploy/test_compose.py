"""deploy/compose.yml is valid, only Caddy is exposed, and Caddy and Prometheus run with the files beside it."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from settings import Settings
from tests.support.caddy import caddy
from tests.support.server import PATIENCE, ROOT, Server, Start, free_port, wait_for
from tests.support.tools import needs

DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yml"
SERVICE = f"specsight:{Settings().port}"
# For a test's Caddy: only on loopback, and without adding a certificate to this machine's store.
FOR_TESTS = """{
    admin off
    auto_https disable_redirects
    default_bind 127.0.0.1
    skip_install_trust
}
"""


@pytest.fixture(scope="module")
def compose(tools: Path) -> dict[str, Any]:
    """The compose file as Docker's Compose reads it."""
    done = subprocess.run(
        [tools / "docker-compose", "--file", COMPOSE, "config", "--format", "json"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


@contextmanager
def site(tools: Path, folder: Path, server: Server) -> Iterator[tuple[str, str]]:
    """Caddy with deploy/Caddyfile in front of a service: its address, and the certificate that it has made."""
    (folder / "Caddyfile").write_text(FOR_TESTS + (DEPLOY / "Caddyfile").read_text("utf-8"), "utf-8")
    port = free_port()
    url, upstream = f"https://localhost:{port}", server.url.removeprefix("http://")
    certificate = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"

    def is_ready() -> bool:
        return (
            certificate.is_file() and requests.get(f"{url}/health/ready", verify=str(certificate), timeout=PATIENCE).ok
        )

    with caddy(tools / "caddy", folder, is_ready, SITE_ADDRESS=url, UPSTREAM=upstream):
        yield url, str(certificate)


def status_of(url: str, body: Path, certificate: str) -> str:
    """The status that curl gets; it looks for a response while it sends."""
    flags = f"--silent --output {os.devnull} --write-out %{{http_code}} --cacert {certificate} --data-binary @{body}"
    command = ["curl", *flags.split(), "--header", "Content-Type: application/octet-stream", url]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE).stdout


@pytest.mark.parametrize("line", ["  read_onlyy: true", "  ports: all", "  depends_on: [nobody]"])
def test_misspelt_is_refused(tools: Path, tmp_path: Path, line: str) -> None:
    """The reader of the compose file in these tests refuses what its schema forbids."""
    (tmp_path / "compose.yml").write_text(COMPOSE.read_text("utf-8").replace("  read_only: true", line), "utf-8")
    command = [str(tools / "docker-compose"), "--file", str(tmp_path / "compose.yml"), "config", "--quiet"]
    assert subprocess.run(command, check=False, capture_output=True).returncode != 0


def test_only_caddy_is_reached(compose: dict[str, Any]) -> None:
    """Caddy is exposed to everybody, Prometheus to this machine; the service only to them."""
    published = {
        (name, port["published"], port.get("host_ip"))
        for name, service in compose["services"].items()
        for port in service.get("ports", [])
    }
    assert published == {("caddy", "80", None), ("caddy", "443", None), ("prometheus", "9090", "127.0.0.1")}
    assert list(compose["services"]["specsight"]["networks"]) == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True


def test_without_rights(compose: dict[str, Any]) -> None:
    """Every container has a read-only root and no right except Caddy's to listen at low ports."""
    for name, service in compose["services"].items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service.get("cap_add") == (["NET_BIND_SERVICE"] if name == "caddy" else None)
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_trusts_its_own_network(compose: dict[str, Any]) -> None:
    """Client addresses from Caddy are trusted only from its own network."""
    [network] = compose["networks"]["inside"]["ipam"]["config"]
    assert compose["services"]["specsight"]["environment"]["FORWARDED_ALLOW_IPS"] == network["subnet"]


def test_files_are_there(compose: dict[str, Any]) -> None:
    """Every file and folder that is mounted is in the repository."""
    for service in compose["services"].values():
        for volume in service["volumes"]:
            assert volume["type"] == "volume" or Path(volume["source"]).exists(), volume
    # The operator's additions stay out of it.
    for secret in compose["secrets"].values():
        ignored = subprocess.run(["git", "check-ignore", "--quiet", secret["file"]], cwd=ROOT, check=False)
        assert ignored.returncode == 0, secret


def test_caddy(tools: Path, tmp_path: Path, server: Server, photo: bytes) -> None:
    """Photos pass through Caddy's TLS, up to the service's maximum size; larger ones end there."""
    with site(tools, tmp_path, server) as (url, certificate):
        answer = requests.post(f"{url}/predict/image", photo, verify=certificate, timeout=PATIENCE)
        assert len(answer.json()["normalizedVertices"]) == 4
        body = tmp_path / "body"
        for size, status in ((Settings().max_body_bytes, "422"), (Settings().max_body_bytes + 1, "413")):
            body.write_bytes(bytes(size))
            assert status_of(f"{url}/predict/image", body, certificate) == status


def test_caddy_knows_the_service() -> None:
    """Without the tests' variables, Caddy uses the compose file's service, at its port."""
    assert f"{{$UPSTREAM:{SERVICE}}}" in (DEPLOY / "Caddyfile").read_text("utf-8")


def test_caddy_keeps_connections_for_less() -> None:
    """Caddy closes an idle connection before the service does."""
    kept = re.search(r"keepalive (\d+)s", (DEPLOY / "Caddyfile").read_text("utf-8"))
    assert kept
    assert int(kept[1]) < Settings().keep_alive_seconds


def test_caddyfile_is_formatted(tools: Path) -> None:
    """The Caddyfile has Caddy's own formatting."""
    formatted = subprocess.run([tools / "caddy", "fmt", DEPLOY / "Caddyfile"], check=False, capture_output=True)
    assert formatted.returncode == 0
    assert formatted.stdout == (DEPLOY / "Caddyfile").read_bytes()


@needs(shutil.which("prometheus"), "Prometheus")
def test_prometheus(compose: dict[str, Any], start: Start, tmp_path: Path) -> None:
    """Prometheus, with the files that are mounted for it, scrapes the service's metrics with the token."""
    server = start(DETECTOR_TOKENS="prometheus:of-metrics").wait_until_ready()
    for volume in compose["services"]["prometheus"]["volumes"]:
        if volume["type"] == "bind":
            shutil.copy(volume["source"], tmp_path / Path(volume["target"]).name)
    [secret] = compose["services"]["prometheus"]["secrets"]
    (tmp_path / Path(secret["target"]).name).write_text("of-metrics", "utf-8")
    configuration = tmp_path / "prometheus.yml"
    text = configuration.read_text("utf-8")
    assert SERVICE in text
    text = text.replace(SERVICE, server.url.removeprefix("http://")).replace("interval: 15s", "interval: 1s")
    configuration.write_text(text, "utf-8")
    rules = len(yaml.safe_load((tmp_path / "rules.yml").read_text("utf-8"))["groups"][0]["rules"])
    url = f"http://127.0.0.1:{free_port()}"
    command = ["prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={tmp_path / 'data'}"]

    def ask(path: str) -> Any:
        try:
            answer = requests.get(f"{url}/api/v1/{path}", timeout=PATIENCE)
        except requests.ConnectionError:
            return {}
        return answer.json()["data"] if answer.ok else {}  # it is starting

    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--web.listen-address={url.removeprefix('http://')}"], stdout=log, stderr=log
        )
    try:
        wait_for(
            lambda: [sample["value"][1] for sample in ask("query?query=up").get("result", [])] == ["1"],
            lambda: (tmp_path / "log").read_text("utf-8"),
        )
        assert sum(len(group["rules"]) for group in ask("rules")["groups"]) == rules
    finally:
        process.terminate()
        process.wait(PATIENCE)
