"""The service as its contract describes it."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _shared(shared_trials: None, shared_contract: None) -> None:
    """Lets the services in this process share what is slow to make."""
