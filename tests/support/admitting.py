"""An admission, for tests of what it admits."""

from web.admission.admission import Admission, AdmissionLimits

PATIENCE = 60


def admission(at_once: int = 1, queue: int = 32, decoded_bytes: int = 100) -> Admission:
    """An admission with some limits."""
    return Admission(AdmissionLimits(at_once, queue, decoded_bytes=decoded_bytes))
