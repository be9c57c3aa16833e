"""A process's resource usage, by Linux's count."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """The resources of a process at one moment.

    Attributes:
        descriptors: open files and connections.
        threads: those of Python and those of libraries.
        megabytes: memory of its own, without libraries, which others may share.
    """

    descriptors: int
    threads: int
    megabytes: float

    @classmethod
    def of(cls, process: int) -> "Usage":
        """The usage of a process."""
        own = Path(f"/proc/{process}")
        anonymous = re.search(r"^Anonymous:\s+(\d+)", (own / "smaps_rollup").read_text("ascii"), re.MULTILINE)
        descriptors, threads = (sum(1 for _ in (own / name).iterdir()) for name in ("fd", "task"))
        return cls(descriptors, threads, int(anonymous[1]) / 1024 if anonymous else 0.0)


def cpu_seconds(process: int) -> float:
    """The CPU time that a process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def megabytes(process: int, kind: str = "VmRSS") -> float:
    """The memory of a process; `VmHWM` for its peak since `forget_peak`."""
    found = re.search(rf"^{kind}:\s+(\d+)", Path(f"/proc/{process}/status").read_text("ascii"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def forget_peak(process: int) -> None:
    """Resets a process's peak memory."""
    Path(f"/proc/{process}/clear_refs").write_text("5", "ascii")
