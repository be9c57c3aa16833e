"""Rewrites model files so that they run faster, or so that callers choose what was baked in.

`prepared` is the one door. A rewrite earns its place in one of two ways: it raises the throughput of a model that
people use by at least 10 %, or results are wrong without it. It must not make results depend on the CPU. A rewrite that
is exact, and costs nothing as one pass among others, may stay for less. Rewrites know families, files and graphs; they
know nothing of callers, photos or serving.
"""

from detector.rewriting.preparation import prepared

__all__ = [
    "prepared",
]
