"""A Ray cluster of two nodes on this machine, as a program: each line of its input is a command.

Both nodes are processes with a CPU of their own. They listen on loopback; Ray takes 127.0.0.1 for the machine's own
address, so that they use another.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from ray.cluster_utils import Cluster

ADDRESS = "127.0.0.2"
STORE = 80 << 20  # bytes, about Ray's minimum
NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": STORE, "node_ip_address": ADDRESS}


def main() -> None:
    """Prints the cluster's address, then obeys; answers each command with a line. Stops at the end of its input."""
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        os.environ["RAY_TMPDIR"] = folder  # Ray writes the address of the cluster there, too, as this machine's latest
        Path(folder, "ray").mkdir()
        head = NODE | {"temp_dir": folder, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        try:
            node = cluster.add_node(**NODE)
            answer(cluster.address)
            for line in sys.stdin:
                if line == "kill\n":
                    cluster.remove_node(node, allow_graceful=False)
                elif line == "add\n":
                    node = cluster.add_node(**NODE)
                answer("done")
        finally:
            cluster.shutdown()


def answer(text: str) -> None:
    """Prints a line for the test, among those of Ray."""
    print(f"answer {text}", flush=True)  # noqa: T201 - a program


if __name__ == "__main__":
    main()
