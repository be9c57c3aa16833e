"""Rewrites model files so that they run faster, or so that callers choose what the file had baked in.

`prepared` is the one door. A rewrite earns its place here by one of two things: it gives at least 10 % more photos with
a model that people use, or results are wrong without it. And it must not make the same file answer otherwise from CPU
to CPU. A rewrite that is exact and costs nothing as one pass among others may stay for less. Rewrites know families,
files and graphs; they know nothing of callers, photos or serving.
"""

from detector.rewriting.preparation import prepared

__all__ = [
    "prepared",
]
