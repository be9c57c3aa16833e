"""The process and its machine: CPUs, descriptors and glibc's malloc."""

import ctypes
import math
import os
import resource
import sys
import threading
from collections.abc import Callable
from pathlib import Path

# glibc's parameters by number, from malloc.h, and their values, bytes.
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD, ARENA_MAX = -1, -2, -3, -8
MALLOC_SETTINGS = {
    MMAP_THRESHOLD: 32 << 20,  # larger buffers are mapped: decoded photos of more than 11 megapixels
    TRIM_THRESHOLD: 256 << 20,
    TOP_PAD: 16 << 20,
    ARENA_MAX: 4,  # each retains memory of its own; threads that share one wait for each other
}
LOOK_BYTES = 128 << 10  # larger than FASTBIN_CONSOLIDATION_THRESHOLD in malloc.c

_giving_back = threading.Lock()  # glibc's parameters are those of all threads


def usable_cpus(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """The number of CPUs that this process may use: those in its affinity, or fewer if its container has a quota.

    Source: cpu.max of control groups v2, cpu.cfs_quota_us and cpu.cfs_period_us of v1, in the kernel's admin guide.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(bound, math.ceil(_quota(cgroup))))


def _quota(cgroup: Path) -> float:
    try:
        v2 = cgroup / "cpu.max"
        if v2.is_file():
            quota, period = v2.read_text().split()
        else:
            quota = (cgroup / "cpu/cpu.cfs_quota_us").read_text()
            period = (cgroup / "cpu/cpu.cfs_period_us").read_text()
        return int(quota) / int(period) if int(quota) > 0 else float(os.cpu_count() or 1)
    except (OSError, ValueError):  # no control group, or "max", which means no quota
        return float(os.cpu_count() or 1)


def give_back() -> None:
    """Returns free memory to the system; does nothing without glibc.

    Before the workers are forked, this returns memory from loading: a tenth of the service's memory with an SSD whose
    file was rewritten. Each thread's arena may keep up to 60 MB at its end, which only a thread that uses the arena can
    return.
    """
    trim, mallopt = _of_glibc("malloc_trim"), _of_glibc("mallopt")
    if trim and mallopt:
        with _giving_back:
            trim(0)
            for parameter in TRIM_THRESHOLD, TOP_PAD:
                mallopt(parameter, 0)
            _release_something()
            keep_freed()


def _release_something() -> None:
    """Makes glibc return the free end of this thread's arena, if it can."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    libc.free(libc.malloc(LOOK_BYTES))


def keep_freed() -> None:
    """Lets this process and its children reuse freed memory instead of returning it; does nothing without glibc.

    A decoded photo takes megabytes. If they were returned, the kernel would have to clear new pages for the next photo,
    which costs 3 to 7 % of the throughput with large photos and PNGs.
    """
    if mallopt := _of_glibc("mallopt"):
        for parameter, size in MALLOC_SETTINGS.items():
            mallopt(parameter, size)


def raise_descriptor_limit(wanted: int = 65_536) -> None:
    """Raises this process's limit on descriptors as far as the system allows, up to a bound; forks inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def _of_glibc(function: str) -> Callable[..., int] | None:
    """A function of the C library; None if that is not glibc."""
    return getattr(ctypes.CDLL(None), function, None) if sys.platform.startswith("linux") else None
