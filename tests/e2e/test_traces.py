"""Traces reach a collector: a span per request in its caller's trace, and one per stage within it."""

import base64
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from app import StartError, create_app
from tests.support.server import PATIENCE, ROOT, Server, Start, wait_for

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED, NOT_SAMPLED = "01", "00"


class Collector:
    """A collector of OpenTelemetry's, which keeps the spans that it is sent."""

    def __init__(self) -> None:
        """Starts it."""
        self.spans: list[Span] = []
        self.services: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    names = {each.key: each.value.string_value for each in resource.resource.attributes}
                    collector.services.add(names["service.name"])
                    collector.spans += [span for scope in resource.scope_spans for span in scope.spans]
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def of(self, trace: str) -> list[Span]:
        """The spans of a trace."""
        return [span for span in self.spans if span.trace_id.hex() == trace]

    def close(self) -> None:
        """Stops it."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector."""
    collector = Collector()
    yield collector
    collector.close()


def ask(server: Server, photo: bytes, trace: str, sampled: str = SAMPLED) -> requests.Response:
    """The response to a photo that is sent within a trace."""
    headers = {"traceparent": f"00-{trace}-{PARENT}-{sampled}", "Content-Type": "image/jpeg"}
    return requests.post(f"{server.url}/predict/image", photo, headers=headers, timeout=PATIENCE)


def test_spans_reach_the_collector(start: Start, photo: bytes, collector: Collector) -> None:
    """A photo's request is a span under its caller's, with its status and id, and its stages lie within it in order."""
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    server = start(**settings).wait_until_ready()
    answer = ask(server, photo, TRACE)
    ask(server, photo, TRACE[::-1], NOT_SAMPLED)
    wait_for(lambda: len(collector.of(TRACE)) >= 4, lambda: f"{collector.spans} {server.log}")
    assert server.stop() == 0
    spans = {span.name: span for span in collector.of(TRACE)}
    assert spans.keys() == {"predictImage", "wait", "decode", "infer"}
    request = spans.pop("predictImage")
    attributes = {each.key: each.value for each in request.attributes}
    assert request.parent_span_id.hex() == PARENT
    assert attributes["http.response.status_code"].int_value == 200
    assert attributes["specsight.request_id"].string_value == answer.headers["X-Request-Id"]
    assert {span.parent_span_id for span in spans.values()} == {request.span_id}
    times = [
        time
        for name in ("wait", "decode", "infer")
        for time in (spans[name].start_time_unix_nano, spans[name].end_time_unix_nano)
    ]
    assert request.start_time_unix_nano <= min(times) < max(times) <= request.end_time_unix_nano
    assert [spans[name].end_time_unix_nano for name in ("wait", "decode", "infer")] == sorted(times[1::2])
    assert collector.services == {"specsight"}
    assert collector.of(TRACE[::-1]) == []


def test_each_worker_reports(start: Start, photo: bytes, collector: Collector) -> None:
    """The spans of every worker reach the collector; those of failures are marked, and say why."""
    server = start(
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, WEB_CONCURRENCY="2", DETECTOR_ANSWER_SECONDS="0.1"
    ).wait_until_ready()
    traces = [f"{number:032x}" for number in range(1, 21)]
    for trace in traces:
        ask(server, photo, trace)
    entry = {"image": {"content": base64.b64encode(photo).decode()}}
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-{SAMPLED}"}
    late = requests.post(f"{server.url}/", json={"requests": [entry] * 64}, headers=headers, timeout=PATIENCE)
    assert late.status_code == 503
    assert server.stop() == 0  # which sends the rest
    assert all(collector.of(trace) for trace in traces)
    [span] = [span for span in collector.of(TRACE) if span.name == "detectBatch"]
    attributes = {each.key: each.value.string_value for each in span.attributes}
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert (attributes["error.type"], attributes["specsight.reason"]) == ("busy", "time")


def test_a_collector_is_not_needed(start: Start, photo: bytes) -> None:
    """Without an answer from the collector, requests are answered all the same, and the service stops in time."""
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "100"}
    server = start(**settings).wait_until_ready()
    assert {ask(server, photo, TRACE).status_code for _ in range(5)} == {200}
    assert server.stop() == 0
    assert "Transient error" not in server.log  # a line for each attempt


def test_nothing_is_loaded_without_a_collector() -> None:
    """Unless a collector is named, no part of OpenTelemetry is imported."""
    code = "import sys, app; app.create_app(); print(any(name.startswith('opentelemetry') for name in sys.modules))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    assert told.stdout.split()[-1] == b"False"


def test_missing_libraries_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector without OpenTelemetry's libraries is a mistake that is named."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(StartError, match="OTEL_EXPORTER_OTLP_ENDPOINT is set"):
        create_app()
