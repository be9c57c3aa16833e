"""A Ray cluster in place of a pool, with one process per CPU."""

import functools
import itertools
import logging
import signal
import socket
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import ray
import ray.data
from ray.exceptions import RayError, RayTaskError

from offline.errors import RunError
from offline.pool import Pool
from offline.processing import Task
from offline.rows import Outcome

ROOT = Path(__file__).parents[1]
CODE = ("detector", "handlers", "offline", "process.py", "schemas", "web")  # the files that nodes are sent
AHEAD = 4096  # photos per CPU that are handed to Ray at a time, so that a list of any length fits into memory
LOTS = 8  # per CPU, at least, so that all have work until the end
LOT_PHOTOS = 256  # in a lot, at most: seconds of work, so that Ray's messages cost next to nothing
NAME = "photo"  # the column of the names
CONNECT_SECONDS = 5.0

logger = logging.getLogger(__name__)


class Cluster:
    """A Ray cluster that detects in photos.

    Ray repeats work that was lost with a node. In each process, a pool handles photos that crash, as without Ray.
    """

    def __init__(self, address: str, task: Task) -> None:
        """Joins the cluster, and sends it this version of the code.

        Args:
            address: as Ray writes them: `HOST:PORT`, or `auto` for the cluster of this machine.
            task: the work.

        Raises:
            RunError: there is no such cluster, or its version of Ray or of Python is another.
        """
        if "://" in address:
            raise RunError("--ray needs the address HOST:PORT of a cluster that this machine is part of, or auto.")
        code = {"py_modules": [str(ROOT / name) for name in CODE], "excludes": ["__pycache__"]}
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            check(address)
            ray.init(address, runtime_env=code, log_to_driver=False, logging_level=logging.ERROR)
            self._task = ray.put(task)
        except (RayError, OSError, RuntimeError, ValueError) as error:
            logger.debug("Ray says: %s", error)
            raise RunError(
                f"The Ray cluster at {address} cannot be used: check the address, and that its versions of Ray and "
                f"Python are {ray.__version__} and {sys.version.partition(' ')[0]}."
            ) from None
        finally:
            for number, handler in handlers.items():  # Ray has its own, which end the program at once
                signal.signal(number, handler)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False  # the command has one
        context.execution_options.preserve_order = True
        logging.getLogger("ray").setLevel(logging.CRITICAL)
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)

    def process(self, names: Iterable[str]) -> Iterator[list[Outcome]]:
        """Yields the photos' outcomes, in order, as soon as they are known.

        Raises:
            RunError: the cluster cannot be used any more.
        """
        rest = iter(names)
        while ahead := list(itertools.islice(rest, AHEAD * self._cpus())):
            size = max(1, min(len(ahead) // (LOTS * self._cpus()), LOT_PHOTOS))
            lots = [pa.table({NAME: ahead[start : start + size]}) for start in range(0, len(ahead), size)]
            photos = ray.data.from_arrow(lots)
            done = photos.map_batches(process, batch_size=None, batch_format="pyarrow", fn_args=[self._task])
            try:
                for table in done.iter_batches(batch_size=None, batch_format="pyarrow"):
                    yield outcomes(table)
            except RayError as error:
                raise run_error(error) from None

    def close(self) -> None:
        """Leaves the cluster, which ends its processes for this run."""
        ray.shutdown()

    @staticmethod
    def _cpus() -> int:
        """The number of CPUs that the cluster has now."""
        return max(1, int(ray.cluster_resources().get("CPU", 1)))


def check(address: str) -> None:
    """Connects to an address, if it has a port, since Ray itself would try for minutes.

    Raises:
        OSError: nobody listens there.
    """
    host, _, port = address.rpartition(":")
    if port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()


def run_error(error: RayError) -> RunError:
    """The error that ends the run when Ray gives up."""
    cause = error.cause if isinstance(error, RayTaskError) else error
    if isinstance(cause, RunError):
        return cause
    kind = type(cause).__name__
    return RunError(f"Ray has given up with a {kind}: its logs say why. Run the same command again to go on.")


def process(photos: pa.Table, task: "ray.ObjectRef[Task]") -> pa.Table:
    """The outcomes for photos; called in the cluster."""
    found = [outcome for some in pool(task).process(photos[NAME].to_pylist()) for outcome in some]
    return table_of(found)


@functools.cache
def pool(task: "ray.ObjectRef[Task]") -> Pool:
    """This Ray process's pool of one process, kept for later photos."""
    # Python would run the main module, which is Ray's program, in the pool's process again.
    vars(sys.modules["__main__"]).pop("__file__", None)
    return Pool(ray.get(task), 1)


def table_of(found: Sequence[Outcome]) -> pa.Table:
    """Outcomes as Ray Data carries them."""
    return pa.table(dict(zip(Outcome._fields, map(list, zip(*found, strict=True)), strict=True)))


def outcomes(table: Any) -> list[Outcome]:
    """Outcomes that Ray Data has carried."""
    return list(itertools.starmap(Outcome, zip(*(table[field].to_pylist() for field in Outcome._fields), strict=True)))
