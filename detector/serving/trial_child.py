"""The child process of a trial: reads, prepares and runs model files within limited memory and time."""

import ctypes
import gc
import math
import os
import resource
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from detector.errors import UnusableModel
from detector.families import Family
from detector.files import ModelFile
from detector.serving.entries import Entry
from detector.serving.model import Model
from detector.tflite import Runtime

MEMORY_BYTES = 4 << 30  # of address space, beyond what the process has at its start
NOISE = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
# Leaves photos, in the processes that serve, nine tenths of a core that both want; with more, a file on a busy machine
# would take for ever.
NICENESS = 10
PR_SET_PDEATHSIG = 1  # of prctl, from linux/prctl.h


def main(connection: Connection) -> None:
    """Answers each entry with the prepared model, until the parent closes the connection."""
    os.setsid()  # so that signals from a terminal do not reach it
    os.nice(NICENESS)
    end_with_the_parent()
    limit_memory()
    gc.freeze()  # garbage collections in a fork would copy all of its parent's objects
    name, threads, seconds = connection.recv()
    runtime = Runtime(name, threads)
    while True:
        try:
            entry: Entry = connection.recv()
        except EOFError:
            return
        limit_time(seconds)
        connection.send(try_entry(entry, runtime))


def try_entry(entry: Entry, runtime: Runtime) -> tuple[ModelFile, Family] | UnusableModel:
    """Runs a file as it will be served, and returns it with its family, or the reason why it cannot be served."""
    try:
        model = Model.load(entry.path, runtime, entry.name, entry.title)
        for alone in dict.fromkeys((False, runtime.threads > 1)):  # on one thread and, as for a lone caller, on several
            model.candidates(NOISE, 0.5, alone=alone)
    except UnusableModel as error:
        return error
    except MemoryError:
        return UnusableModel(f"{entry.title} needs too much memory: bring a smaller model.")
    except Exception as error:  # noqa: BLE001 - a damaged file can make any library raise anything
        return UnusableModel(
            f"{entry.title} cannot be used ({type(error).__name__}): it is damaged. Get or export the file again."
        )
    finally:
        gc.collect()  # freeing a damaged model may crash, too: let it happen here
    return model.file.picklable(), model.family


def end_with_the_parent() -> None:
    """Makes the kernel end this process as soon as its parent ends, even while a model runs."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def limit_time(seconds: float) -> None:
    """Makes the kernel end this process, by SIGXCPU, after some more seconds of CPU time.

    Wall time says nothing about a file on a busy machine.
    """
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = math.ceil(used + seconds)
    if hard == resource.RLIM_INFINITY or wanted < hard:
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CPU, (wanted, hard))


def limit_memory() -> None:
    """Bounds this process's memory. If the machine runs out first, the kernel ends this process before others."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError):  # without /proc, nothing bounds it
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY_BYTES
        if hard == resource.RLIM_INFINITY or wanted < hard:
            resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
