"""Measures the cost of hostile requests: `python -m benchmarks.hostile [SEED [KIND ...]]`, Linux only.

A real server gets all requests of tests/support/hostile_requests, one after the other. Prints for each kind their
number, the statuses, the highest cost of one in CPU time and memory, and the faults of the answers.
"""

import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.support.hostile_requests import GENERATORS, requests
from tests.support.hostile_requests.exchange import complaint, exchange
from tests.support.server import ROOT, Server
from tests.support.usage import cpu_seconds, forget_peak, megabytes

SEED = 20
SHOWN = 3
HASTY: dict[str, Any] = {"DETECTOR_HEADER_SECONDS": "1", "DETECTOR_BODY_SECONDS": "1", "KEEP_ALIVE_SECONDS": "1"}


def measure(server: Server, kind: str, seed: int, photo: bytes) -> None:
    """Sends all requests of a kind, and prints the outcomes."""
    (worker,) = server.workers
    statuses = Counter[int]()
    costs: list[tuple[float, float, str]] = []
    faults = []
    started = time.perf_counter()
    for hostile in requests(kind, seed, photo):
        if not hostile.is_whole:
            continue
        forget_peak(worker)
        seconds, held = cpu_seconds(worker), megabytes(worker)
        answers = exchange(server.url, hostile)
        costs.append((cpu_seconds(worker) - seconds, megabytes(worker, "VmHWM") - held, hostile.name))
        statuses.update(answer.status for answer in answers)
        if fault := complaint(hostile, answers):
            faults.append(f"{hostile.name}: {fault}")
    assert server.workers == [worker], server.log[-2000:]
    print(f"\n{kind}: {len(costs)} in {time.perf_counter() - started:.0f} s, {dict(sorted(statuses.items()))}")
    for seconds, _, name in sorted(costs, key=lambda cost: -cost[0])[:SHOWN]:
        print(f"  {seconds * 1000:6.0f} ms of a core: {name}")
    for _, held, name in sorted(costs, key=lambda cost: -cost[1])[:SHOWN]:
        print(f"  {held:6.0f} MB: {name}")
    for fault in faults:
        print(f"  WRONG {fault}")
    sys.stdout.flush()


def main(seed: int, kinds: list[str]) -> None:
    """Measures all kinds."""
    photo = (ROOT / "models" / "example.jpg").read_bytes()
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name) / "log", **HASTY).wait_until_ready()
        try:
            for kind in kinds or GENERATORS:
                measure(server, kind, seed, photo)
            for line in dict.fromkeys(re.findall(r"^    \S*(?:Error|Exception)\b.*", server.log, re.MULTILINE)):
                print(f"  RAISED {line}")
        finally:
            server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEED, sys.argv[2:])
