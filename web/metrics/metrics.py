"""The service's metrics; docs/operations.md describes each."""

import asyncio
import os
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from web.admission import Admission
from web.gate import Gate
from web.metrics.ended import reading
from web.metrics.folder import VARIABLE
from web.metrics.reserved import reserve_space
from web.problems.reasons import FAILURES, REASONS, reason_of
from web.record import Record

NONE = "none"  # the operation of requests that were routed to none
OTHER = "other"  # the label of objects beyond the first MAX_LABELS labels
EXPECTED = ("200", "500", "503")  # statuses
MAX_LABELS = 200
Model = Mapping[str, str]  # the labels that describe a model

# Seconds, each twice the one before: from a stage of a small photo to the time for a body and its answer.
BUCKETS = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """Counts for one worker, and reports the counts of all.

    Its methods are for the event loop, so that no thread at work waits for another.
    """

    def __init__(
        self,
        admission: Admission,
        models: Callable[[], Iterable[Model]],
        unusable: Callable[[], int] = lambda: 0,
        *,
        prefix: str,
        found: str,
    ) -> None:
        """Counts from 0.

        Args:
            admission: its load is measured.
            models: returns the labels that describe each model.
            unusable: returns the number of models that cannot be served as they are now.
            prefix: of the metrics' names.
            found: the name of the metric that counts what jobs found.
        """
        if VARIABLE in os.environ:
            reserve_space()
        self._prefix = prefix
        self._admission = admission
        self._count_unusable = unusable
        self._gate: Gate | None = None
        self._unseen: Tally[tuple[int, str]] = Tally()
        self._labels: set[str] = set()
        self._collecting: asyncio.Future[bytes] | None = None
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            f"{prefix}_requests", "Requests by operation and status.", ["operation", "status"], registry=registry
        )
        self._request_seconds = Histogram(
            f"{prefix}_request_seconds",
            "Time from a request's headers to the end of its answer.",
            ["operation"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._stage_seconds = Histogram(
            f"{prefix}_stage_seconds",
            "Time of each photo in a stage: wait, decode or infer; of all photos of a request: fetch.",
            ["stage"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._refusals = Counter(f"{prefix}_refusals", "Requests that were refused.", ["reason"], registry=registry)
        self._failures = Counter(
            f"{prefix}_photo_failures",
            "Photos of batches that have an error for an answer.",
            ["reason"],
            registry=registry,
        )
        self._found = Counter(f"{prefix}_{found}", "What was found, by label.", ["label"], registry=registry)
        self._at_work = self._gauge("photos_at_work", "Photos that are being processed.")
        self._waiting = self._gauge("photos_waiting", "Photos that wait for a core.")
        self._decoded_bytes = self._gauge("decoded_bytes", "Room that the pixels of photos at work take.")
        self._oldest_seconds = self._gauge(
            "oldest_waiting_seconds", "Time that the photo that waits longest has waited.", "livemax"
        )
        self._workers = self._gauge("workers", "Worker processes that are running.")
        self._deaths = Counter(
            f"{prefix}_worker_deaths", "Workers that ended without being told to.", registry=registry
        )
        self._unusable = self._gauge("unusable_models", "Models that cannot be served as they are now.", "livemax")
        self._models = ModelInfo(f"{prefix}_model_info", models)
        for reason in REASONS:
            self._refusals.labels(reason)
        for reason in FAILURES:
            self._failures.labels(reason)

    def expect(self, operations: Iterable[str]) -> None:
        """Starts the counts that rules compare at 0: Prometheus sees no increase in a count that begins with 1.

        Args:
            operations: by operationId.
        """
        for operation in (*operations, NONE):
            for status in EXPECTED:
                self._requests.labels(operation, status)

    def watch(self, gate: Gate) -> None:
        """Counts a gate's refusals, too."""
        self._gate = gate

    def count_death(self) -> None:
        """Counts a worker that has ended without being told to; for the process that started it."""
        self._deaths.inc()

    def count(self, request: Record, seconds: float) -> None:
        """Counts a request that has been answered, or whose client has left."""
        operation = request.operation or NONE
        self._requests.labels(operation, str(request.status)).inc()
        if request.operation:
            self._request_seconds.labels(operation).observe(seconds)
        for stage, taken in request.stages:
            self._stage_seconds.labels(stage).observe(taken)
        for label, number in Tally(label for labels in request.found for label in labels).items():
            self._found.labels(self._bound_label(label)).inc(number)
        for failure, number in Tally(request.failures).items():
            self._failures.labels(failure).inc(number)
        if reason := reason_of(request):
            self._refusals.labels(reason).inc()

    def sample(self) -> None:
        """Measures the load at this moment, and counts refusals that never became a request."""
        load = self._admission.load()
        self._at_work.set(load.at_work)
        self._waiting.set(load.waiting)
        self._decoded_bytes.set(load.decoded_bytes)
        self._oldest_seconds.set(load.oldest_seconds)
        self._workers.set(1)
        self._unusable.set(self._count_unusable())
        if self._gate is not None:
            for (status, reason), refused in (self._gate.unseen - self._unseen).items():
                self._unseen[status, reason] += refused
                self._requests.labels(NONE, str(status)).inc(refused)
                self._refusals.labels(reason).inc(refused)

    async def text(self) -> bytes:
        """The counts of all workers in Prometheus' text format, collected in a thread because that takes a while.

        Requests that come meanwhile share a collection, so that a crowd of them costs little.
        """
        self.sample()
        if self._collecting is None or self._collecting.done():
            self._collecting = asyncio.ensure_future(asyncio.to_thread(self._collect))
        return await asyncio.shield(self._collecting)

    def _collect(self) -> bytes:
        registry = CollectorRegistry()
        registry.register(Merged(self._registry) if VARIABLE in os.environ else self._registry)
        registry.register(self._models)
        return generate_latest(registry)

    def _gauge(self, name: str, description: str, mode: str = "livesum") -> Gauge:
        return Gauge(f"{self._prefix}_{name}", description, registry=self._registry, multiprocess_mode=mode)  # type: ignore[arg-type]  # a literal

    def _bound_label(self, label: str) -> str:
        """A label, or OTHER if there are too many of them, since models come and go, each with its own."""
        if label not in self._labels and len(self._labels) < MAX_LABELS:
            self._labels.add(label)
        return label if label in self._labels else OTHER


class Merged(Collector):
    """Collects the counts of all workers, with the descriptions that prometheus-client omits."""

    def __init__(self, described: CollectorRegistry) -> None:
        """Takes the descriptions from a registry."""
        self._descriptions = {metric.name: metric.documentation for metric in described.collect()}

    def collect(self) -> Iterable[Metric]:
        """See prometheus_client."""
        with reading(Path(os.environ[VARIABLE])):
            metrics = list(MultiProcessCollector(None).collect())  # type: ignore[no-untyped-call]  # it has no types
        for metric in metrics:
            metric.documentation = self._descriptions.get(metric.name, metric.documentation)
            yield metric


class ModelInfo(Collector):
    """Describes the loaded models; the value is always 1."""

    def __init__(self, name: str, models: Callable[[], Iterable[Model]]) -> None:
        self._name = name
        self._models = models

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        described = list(self._models())
        names = list(described[0]) if described else ["model"]
        info = GaugeMetricFamily(self._name, "The models that are served.", labels=names)
        for model in described:
            info.add_metric([model[name] for name in names], 1)
        yield info
