"""Probes for load balancers and orchestrators."""

from detector.detector import Detector
from schemas import Health
from web.problems import Refusal


def get_liveness() -> Health:
    """The process answers, so it lives."""
    return Health(status="ok")


def get_readiness(detector: Detector) -> Health:
    """Whether the models have answered yet."""
    if not detector.ready:
        raise Refusal(503, "The models are being loaded. Try again in a second.", headers={"Retry-After": "1"})
    return Health(status="ok")
