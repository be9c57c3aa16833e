"""Measures the throughput of scripts/detect relative to the detector's bare loop, in one run.

    .venv/bin/python -m benchmarks.offline MODEL.tflite PHOTO.jpg [PHOTOS]

Labels lie beside the model. The bare loop calls the detector for one photo in memory repeatedly, in one process per
core: nothing is listed, read, sent or written. Both take turns. Prints medians of ratios: of photos per second, and of
photos per second of CPU time, which is more reliable if other programs use the same cores. The command's time runs from
its first row to its end; its start-up time is printed separately.
"""

import ctypes
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple

from benchmarks.throughput import copy_model
from detector import Detector, ImageLimits, ModelFolder, Runtime
from handlers.searches import searches_of
from process import keep_freed
from schemas import Feature
from web.admission import Admission, AdmissionLimits

ROOT = Path(__file__).parents[1]
CORES = len(os.sched_getaffinity(0))
ROUNDS = 3
SECONDS = 8  # of the bare loop, per round
TICKS = os.sysconf("SC_CLK_TCK")
CHILD_SUBREAPER = 36  # of prctl: processes whose parent has ended become ours


class Rate(NamedTuple):
    """Photos per second, of the clock and of CPU time."""

    clock: float
    cpu: float


def loop(models: Path, photo: bytes, together: Barrier, rates: "multiprocessing.Queue[Rate]") -> None:
    """Detects in a photo repeatedly, in one process."""
    keep_freed()
    folder = ModelFolder(models, Runtime("litert", threads=1))
    detector = Detector(folder, ImageLimits(), Admission(AdmissionLimits(at_once=1)))
    queries = [search.query() for search in searches_of(detector, [Feature()])]
    detector.warm_up()
    together.wait()
    count, start, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < SECONDS:
        detector.detect(photo, queries)
        count += 1
    rates.put(Rate(count / (time.perf_counter() - start), count / (time.process_time() - cpu)))


def bare(models: Path, photo: bytes) -> Rate:
    """Photos per second of the bare loop, on all cores."""
    context = multiprocessing.get_context("spawn")
    together, rates = context.Barrier(CORES), context.Queue()
    processes = [context.Process(target=loop, args=(models, photo, together, rates)) for _ in range(CORES)]
    for process in processes:
        process.start()
    found = [rates.get() for _ in processes]
    for process in processes:
        process.join()
    return Rate(sum(rate.clock for rate in found), statistics.mean(rate.cpu for rate in found))


def command(models: Path, photos: Path, out: Path) -> tuple[Rate, float]:
    """The command's rate, and the seconds to its first row."""
    start, others = time.perf_counter(), children(os.getpid())
    cpu = ended_seconds()
    words = [sys.executable, "-W", "ignore", "-m", "offline", str(photos), "--out", str(out), "--quiet"]
    environment = os.environ | {"DETECTOR_MODELS": str(models)}
    running = subprocess.Popen(words, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    while not (before := rows(out)) and running.poll() is None:
        time.sleep(0.01)
    first = time.perf_counter()
    cpu += running_seconds(running.pid)
    if running.wait():
        raise SystemExit("scripts/detect failed: run it by hand to see why")
    count, seconds = rows(out) - before, time.perf_counter() - first
    for orphan in children(os.getpid()) - others:
        os.waitpid(orphan, 0)
    out.unlink()
    return Rate(count / seconds, count / (ended_seconds() - cpu)), first - start


def children(process: int) -> set[int]:
    """The processes that a process has started, or taken over."""
    return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


def ended_seconds() -> float:
    """CPU time of the processes that this one started or took over, and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def running_seconds(process: int) -> float:
    """CPU time of a running process and its children."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS + sum(map(running_seconds, children(process)))


def rows(out: Path) -> int:
    """The number of photos with a row."""
    return max(0, out.read_bytes().count(b"\n") - 1) if out.exists() else 0


def main(model: Path, photo: Path, count: int) -> None:
    """Prints a line in Markdown."""
    ctypes.CDLL(None).prctl(CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models = copy_model(model, folder)
        (folder / "photos").mkdir()
        shutil.copy(photo, folder)
        for number in range(count):
            (folder / "photos" / f"{number}.jpg").symlink_to(folder / photo.name)
        ratios: list[Rate] = []
        starts = []
        before = bare(models, photo.read_bytes())
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            rate, start = command(models, folder / "photos", folder / "out.jsonl")
            after = bare(models, photo.read_bytes())
            clock, cpu = (statistics.mean(each) for each in zip(before, after, strict=True))
            ratios.append(Rate(rate.clock / clock, rate.cpu / cpu))
            starts.append(start)
            before = after
    shares = [
        f"{statistics.median(each):.2f} ({min(each):.2f} to {max(each):.2f})" for each in zip(*ratios, strict=True)
    ]
    print(f"| {model.stem} | {photo.name} | {' | '.join(shares)} | {min(starts):.1f} s |")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), int(sys.argv[3]) if len(sys.argv) > 3 else 1000)
