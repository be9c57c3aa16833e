"""Probes for load balancers and orchestrators."""

from detector import Detector
from schemas import Health
from web.metrics.metrics import Metrics
from web.problems.problem import Refusal


async def get_liveness() -> Health:
    """Liveness: the process can answer."""
    return Health(status="ok")


async def get_readiness(detector: Detector) -> Health:
    """Readiness: the models have been warmed up."""
    if not detector.ready:
        raise Refusal(
            503, "The models are being loaded. Try again in a second.", headers={"Retry-After": "1"}, code="starting"
        )
    return Health(status="ok")


async def get_metrics(metrics: Metrics | None) -> bytes:
    """Metrics of all workers."""
    if metrics is None:
        raise Refusal(404, "This server offers no metrics: its operator has switched them off.")
    return await metrics.text()
