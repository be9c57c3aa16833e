"""A real Ray cluster for tests: two nodes on this machine, one of which can be killed and replaced."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from tests.support.tools import needs

PROGRAM = Path(__file__).with_name("ray_nodes.py")
PATIENCE = 60  # seconds
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # else Ray reports to its makers
    "RAY_AUTH_MODE": "disabled",  # else Ray writes a token into the user's home
    "PYTHONWARNINGS": "ignore",
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",  # on a busy machine, its imports alone take longer than Ray's 5
    # Milliseconds after which a node that does not answer counts as dead, and the number of times; Ray has seconds.
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "5",
}

needs_ray = needs(importlib.util.find_spec("ray"), "the extra ray")


class RayCluster:
    """A cluster of two nodes, each with one CPU.

    Attributes:
        address: where programs join it.
    """

    def __init__(self, **settings: str) -> None:
        """Starts it, with these variables for all that runs there."""
        self._process = subprocess.Popen(
            [sys.executable, PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | ENVIRONMENT | settings,
            text=True,
        )
        self.address = self._answer()

    def kill_node(self) -> None:
        """Kills the node that is not the head, with all that runs there."""
        self._tell("kill")

    def add_node(self) -> None:
        """Adds a node."""
        self._tell("add")

    def stop(self) -> None:
        """Stops all nodes."""
        with self._process:
            assert self._process.stdin
            self._process.stdin.close()
            assert self._process.wait(PATIENCE) == 0

    def _tell(self, command: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        assert self._answer() == "done"

    def _answer(self) -> str:
        assert self._process.stdout
        said: list[str] = []
        for line in self._process.stdout:
            if line.startswith("answer "):
                return line.removeprefix("answer ").strip()
            said.append(line)
        raise AssertionError("".join(["the cluster has stopped:\n", *said]))
