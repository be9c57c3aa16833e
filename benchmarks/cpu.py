"""The CPU time of a function."""

import statistics
import time
from collections.abc import Callable


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """Median of this process's CPU time, in all its threads."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)
