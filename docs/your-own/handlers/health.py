"""A probe for load balancers and orchestrators."""

from schemas import Health


async def get_readiness() -> Health:
    """Readiness: the model is loaded before the service listens."""
    return Health(status="ok")
