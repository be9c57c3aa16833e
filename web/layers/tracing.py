"""OpenTelemetry traces, if the environment names a collector."""

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Receive, Scope, Send

from web import record
from web.problems.reasons import code_of, reason_of

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer, TracerProvider

# OpenTelemetry's variables for the address of a collector.
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
NANOSECONDS = 1_000_000_000
INSTALL = "is set, and OpenTelemetry is not installed: install the extra traces."


class TracingError(RuntimeError):
    """The environment names a collector, but traces cannot be made; the message says what to do."""


def is_wanted(environment: Mapping[str, str]) -> bool:
    """True if the environment names a collector for traces.

    Raises:
        TracingError: it does, but the libraries are missing.
    """
    named = [name for name in ENDPOINTS if environment.get(name)]
    if not named or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    try:
        # Optional, and loaded here so that workers share it, and no request waits for it.
        import opentelemetry.exporter.otlp.proto.http.trace_exporter  # noqa: F401, PLC0415
    except ModuleNotFoundError:
        raise TracingError(f"{named[0]} {INSTALL}") from None
    return True


def exporting_provider(name: str) -> "TracerProvider":
    """A provider that sends spans in batches, as OpenTelemetry's variables say; it starts a thread.

    Args:
        name: of the service, unless OTEL_SERVICE_NAME names it.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - optional
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME") or name})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class TimedStages(list[tuple[str, float]]):
    """A record's stages that also know when each ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[int] = []

    def append(self, stage: tuple[str, float], /) -> None:
        """Adds a stage that ends now."""
        self.ends.append(time.time_ns())
        super().append(stage)


class Tracing:
    """ASGI middleware: a span per request, in its caller's trace, with one for each stage of its photos.

    It reads the request's record, so Recording must be an inner layer.
    """

    def __init__(self, app: ASGIApp, *, name: str) -> None:
        """Wraps an application.

        Args:
            app: the next layer.
            name: of the service.
        """
        self._app = app
        self._name = name
        self._tracer: Tracer | None = None  # created in the worker, because it starts a thread

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":  # a worker's start
            self._start()
            await self._app(scope, receive, send)
            return
        request = record.current()
        request.stages = stages = TimedStages()
        started = time.time_ns()
        try:
            await self._app(scope, receive, send)
        finally:
            self._report(request, scope["method"], started, stages)

    def _start(self) -> "Tracer":
        """The tracer, which has a thread, so that each process makes its own."""
        if self._tracer is None:
            self._tracer = exporting_provider(self._name).get_tracer(self._name)
        return self._tracer

    def _report(self, request: record.Record, method: str, started: int, stages: TimedStages) -> None:
        """Makes the spans of a request that has been answered."""
        from opentelemetry import trace  # noqa: PLC0415 - it is optional
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        tracer = self._start()
        carrier = {"traceparent": request.traceparent} if request.traceparent else {}
        attributes: dict[str, Any] = {
            "http.request.method": method if method.isalpha() and len(method) < 10 else "_OTHER",
            "http.response.status_code": request.status,
            "http.request.body.size": request.bytes_in,
            f"{self._name}.request_id": request.id,
            f"{self._name}.models": list(request.models),
        }
        if reason := reason_of(request):
            attributes[f"{self._name}.reason"] = reason
        if request.status >= 500:
            attributes["error.type"] = code_of(request)
        span = tracer.start_span(
            request.operation or "request",
            context=TraceContextTextMapPropagator().extract(carrier),
            kind=trace.SpanKind.SERVER,
            attributes=attributes,
            start_time=started,
        )
        if request.status >= 500:
            span.set_status(trace.StatusCode.ERROR)
        within = trace.set_span_in_context(span)
        for (stage, seconds), end in zip(stages, stages.ends, strict=False):  # a thread may be adding one
            part = tracer.start_span(stage, context=within, start_time=end - int(seconds * NANOSECONDS))
            part.end(end)
        span.end()
