"""Admits requests to a short queue, and their work to the cores. Knows nothing of HTTP or of the kind of work."""

from web.admission.admission import Admission, AdmissionLimits
from web.admission.claim import Claim
from web.admission.errors import Overloaded
from web.admission.threads import Threads

__all__ = ["Admission", "AdmissionLimits", "Claim", "Overloaded", "Threads"]
