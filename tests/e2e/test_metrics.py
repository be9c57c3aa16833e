"""docs/operations.md: metrics of several workers, a real Prometheus, its rules, and the log."""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.server import PATIENCE, ROOT, Server, Start, free_port, wait_for
from tests.support.tools import needs

PROMETHEUS, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")
needs_prometheus = needs(PROMETHEUS and PROMTOOL, "Prometheus")
OPERATIONS = ROOT / "docs" / "operations"
JPEG = {"Content-Type": "image/jpeg"}
METRIC = re.compile(r"specsight_[a-z_]+")
OF_THE_RUNTIME = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU."  # written by its C++ code
TOKEN = {"X-Api-Token": "secret"}


def ask(server: Server, photo: bytes, times: int) -> None:
    """Sends a photo some times, each on a new connection, so that every worker gets some."""
    for _ in range(times):
        answer = requests.post(f"{server.url}/predict/image", photo, headers=JPEG | TOKEN, timeout=PATIENCE)
        assert answer.ok


def answered(server: Server) -> int:
    """The number of photos that all workers together have answered."""
    text = requests.get(f"{server.url}/metrics", headers=TOKEN, timeout=PATIENCE).text
    sample = r'^specsight_requests_total\{operation="predictImage",status="200"\} ([\d.]+)$'
    found = re.search(sample, text, re.MULTILINE)
    return int(float(found[1])) if found else 0


def folders() -> set[Path]:
    """The folders through which services share their metrics."""
    return {folder for place in ("/dev/shm", "/tmp") for folder in Path(place).glob("specsight-metrics-*")}


def test_workers_count_together(start: Start, photo: bytes) -> None:
    """Every worker reports the total of all, even after one has died and all were replaced.

    What has ended leaves no file behind: neither a worker nor the service.
    """
    before = folders()
    server = start(WEB_CONCURRENCY="3").wait_until_ready()
    ask(server, photo, 12)
    [folder] = {each for each in folders() - before for pid in server.workers if list(each.glob(f"*_{pid}.db"))}
    for _ in range(6):
        assert answered(server) == 12
    killed = server.workers[0]
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: len(set(server.workers) - {killed}) == 3, lambda: server.log)
    server.wait_until_ready()
    assert not list(folder.glob(f"gauge_live*_{killed}.db"))
    ask(server, photo, 3)
    assert {answered(server) for _ in range(6)} == {15}
    old = set(server.workers)
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(server.workers) == 3 and not old & set(server.workers), lambda: server.log)
    server.wait_until_ready()
    assert {answered(server) for _ in range(6)} == {15}
    text = requests.get(f"{server.url}/metrics", timeout=PATIENCE).text
    assert "\nspecsight_worker_deaths_total 1.0\n" in text  # those that SIGHUP has replaced were told to stop
    assert "\nspecsight_workers 3.0\n" in text
    counters = {file.name for file in folder.glob("counter_*.db")}
    assert counters == {f"counter_{name}.db" for name in ("ended", server.process.pid, *server.workers)}
    assert server.stop() == 0
    assert not folder.exists()


@needs_prometheus
def test_prometheus_scrapes(start: Start, photo: bytes, tmp_path: Path) -> None:
    """A real Prometheus scrapes with a bearer token, the rules work, and all the dashboard's queries find data."""
    server = start(DETECTOR_TOKENS="prometheus:secret", WEB_CONCURRENCY="2").wait_until_ready()
    ask(server, photo, 4)
    port = free_port()
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(OPERATIONS / "rules.yml")],
        "scrape_configs": [
            {
                "job_name": "specsight",
                "authorization": {"credentials": "secret"},
                "static_configs": [{"targets": [server.url.removeprefix("http://")]}],
            }
        ],
    }
    (tmp_path / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    log = tmp_path / "prometheus.log"
    with log.open("wb") as output:
        prometheus = subprocess.Popen(
            [
                str(PROMETHEUS),
                f"--config.file={tmp_path / 'prometheus.yml'}",
                f"--storage.tsdb.path={tmp_path / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=output,
            stderr=output,
        )

    def query(expression: str) -> list[Any]:
        try:
            url = f"http://127.0.0.1:{port}/api/v1/query"
            answer = requests.get(url, params={"query": expression}, timeout=PATIENCE).json()
        except requests.RequestException:  # it does not listen yet, or answers in plain text that it is not ready
            return []
        assert answer["status"] == "success", answer
        result: list[Any] = answer["data"]["result"]
        return result

    try:
        wait_for(lambda: query('up{job="specsight"} == 1'), log.read_text)
        requests.post(f"{server.url}/predict/image", b"no photo", headers=JPEG | TOKEN, timeout=PATIENCE)
        wait_for(lambda: query("specsight_refusals_total"), log.read_text)
        assert query('sum(specsight_requests_total{operation="predictImage",status="200"})')[0]["value"][1] == "4"
        wait_for(lambda: query("specsight:requests:rate5m"), log.read_text)
        for expression in dashboard_queries():
            wait_for(lambda: query(expression), lambda: expression)  # noqa: B023 - called before the next
    finally:
        prometheus.terminate()
        prometheus.wait(PATIENCE)


def dashboard_queries() -> list[str]:
    """The dashboard's queries, as Grafana sends them."""
    panels = json.loads((OPERATIONS / "dashboard.json").read_text("utf-8"))["panels"]
    queries = [target["expr"] for panel in panels for target in panel["targets"]]
    return [query.replace("$instance", ".*").replace("$__rate_interval", "1m") for query in queries]


@needs_prometheus
def test_promtool_finds_no_fault(server: Server) -> None:
    """Prometheus's own tool accepts the rules, and the service's metrics."""
    rules = subprocess.run(
        [str(PROMTOOL), "check", "rules", OPERATIONS / "rules.yml"], capture_output=True, text=True, check=False
    )
    assert rules.returncode == 0, rules.stderr
    told = requests.get(f"{server.url}/metrics", timeout=PATIENCE).content
    checked = subprocess.run([str(PROMTOOL), "check", "metrics"], input=told, capture_output=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, b"")


def test_documentation_names_every_metric(server: Server, photo: bytes) -> None:
    """The table lists every metric and no others; rules and dashboard use only these."""
    ask(server, photo, 1)
    requests.get(f"{server.url}/predict", timeout=PATIENCE)
    requests.post(f"{server.url}/predict/image", b"no photo", headers=JPEG, timeout=PATIENCE)
    told = requests.get(f"{server.url}/metrics", timeout=PATIENCE).text
    metrics = set(re.findall(r"^# TYPE (\S+)", told, re.MULTILINE))
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(specsight_[a-z_]+)` \|", page, re.MULTILINE)) == metrics
    for file in OPERATIONS.iterdir():
        named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in METRIC.findall(file.read_text("utf-8"))}
        assert named <= metrics, file.name


def test_the_first_look_shows_trouble(start: Start, photo: bytes) -> None:
    """The documented command prints nothing on a good day, and otherwise what went wrong."""
    server = start(DETECTOR_TOKENS="secret").wait_until_ready()
    ask(server, photo, 2)
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    commands = page.partition("## First look")[2].partition("```sh\n")[2].partition("```")[0]
    looking = commands.replace("http://127.0.0.1:5000", server.url).replace("curl --include", ": curl --include")

    def look() -> str:
        """The output of the last command."""
        return subprocess.run(["bash", "-c", looking], capture_output=True, text=True, check=False).stdout

    def starting() -> bool:
        return all('getReadiness",status="503"' in line for line in look().splitlines())

    assert starting()
    requests.post(f"{server.url}/predict/image", photo, headers=JPEG, timeout=PATIENCE)
    batch = {"requests": [{"image": {"content": "abcde"}}]}
    requests.post(f"{server.url}/", json=batch, headers=TOKEN, timeout=PATIENCE)
    for told in ('refusals_total{reason="token"} 1.0', 'photo_failures_total{reason="content"} 1.0'):
        wait_for(lambda: told in look(), look)  # noqa: B023 - called before the next
    os.kill(server.workers[0], signal.SIGKILL)
    server.wait_until_ready()
    wait_for(lambda: "specsight_worker_deaths_total 1.0" in look(), look)
    assert 'photo_failures_total{reason="content"} 1.0' in look()


@pytest.mark.parametrize("level", ["info", "debug"])
def test_log_lines_are_json(start: Start, photo: bytes, level: str) -> None:
    """Each line is a JSON object; a photo's has all that is known about it; nobody can forge a line."""
    server = start(LOG_FORMAT="json", LOG_LEVEL=level, DETECTOR_TOKENS="kitchen:secret").wait_until_ready()
    evil = {"X-Forwarded-For": "203.0.113.9", "User-Agent": 'x"}\x85{"status":200', "X-Request-Id": 'x"\x85made up'}
    requests.get(f"{server.url}/%0a%7B%22level%22%3A%22error%22%7D", headers=evil, timeout=PATIENCE)
    answer = requests.post(
        f"{server.url}/predict/image",
        photo,
        headers=JPEG | TOKEN | {"X-Forwarded-For": "203.0.113.9"},
        timeout=PATIENCE,
    )
    id_ = answer.headers["X-Request-Id"]
    wait_for(lambda: id_ in server.log, lambda: server.log)
    lines = [json.loads(line) for line in server.log.splitlines() if line != OF_THE_RUNTIME]
    assert all(line["level"] in {"debug", "info", "warning"} for line in lines)
    [line] = [line for line in lines if line.get("id") == id_]
    assert line["ms_total"] > line["ms_inferring"] > 0 < line["ms_decoding"]
    assert line["ms_waiting"] >= 0
    assert {name: line[name] for name in ("client", "token", "operation", "status", "models", "method", "path")} == {
        "client": "203.0.113.9",
        "token": "kitchen",
        "operation": "predictImage",
        "status": 200,
        "models": ["safetycone"],
        "method": "POST",
        "path": "/predict/image",
    }
    assert (line["bytes_in"], line["bytes_out"]) == (len(photo), len(answer.content))
    assert "secret" not in server.log
