"""Measures photos by address, from a host that takes a quarter of a second for each.

    .venv/bin/python -m benchmarks.fetching [PHOTO.jpg]

Photos are requested one after the other and as one batch, in turn. Prints medians, and their ratios to the median of a
single photo.
"""

import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from benchmarks.service import ROOT, Service

SECONDS = 0.25  # that the host takes
ROUNDS = 9
COUNTS = (1, 4, 16)


def main(photo: bytes) -> None:
    """Measures and prints."""

    class Slow(BaseHTTPRequestHandler):
        """Answers with the photo after a while."""

        def do_GET(self) -> None:
            """See BaseHTTPRequestHandler."""
            time.sleep(SECONDS)
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(photo)))
            self.end_headers()
            self.wfile.write(photo)

        def log_message(self, *_: object) -> None:
            """Prints nothing."""

    class Host(ThreadingHTTPServer):
        """A host that accepts requests for all photos at once."""

        request_queue_size = max(COUNTS)

    with Host(("127.0.0.1", 0), Slow) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        netloc = f"127.0.0.1:{host.server_port}"
        service = Service(1, photo, DETECTOR_IMAGE_HOSTS=netloc, DETECTOR_IMAGE_NETWORKS="127.0.0.0/8")
        requests = [
            {"image": {"source": {"imageUri": f"http://{netloc}/slow.jpg?{number}"}}} for number in range(max(COUNTS))
        ]
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{service.port}", timeout=60) as client:

                def ask(batch: Sequence[object]) -> None:
                    answers = client.post("/", json={"requests": batch}).json()["responses"]
                    assert all("normalizedVertices" in answer for answer in answers), answers

                report(requests, ask)
        finally:
            service.stop()
            host.shutdown()


def report(requests: Sequence[object], ask: Callable[[Sequence[object]], None]) -> None:
    """Prints a line for each count of photos."""
    seconds: dict[tuple[int, bool], list[float]] = {}
    ask(requests[:1])
    for _ in range(ROUNDS):
        for count in COUNTS:
            for together in (False, True):
                begun = time.perf_counter()
                for batch in [requests[:count]] if together else [[request] for request in requests[:count]]:
                    ask(batch)
                seconds.setdefault((count, together), []).append(time.perf_counter() - begun)
    medians = {key: statistics.median(values) for key, values in seconds.items()}
    one = medians[1, True]
    print(f"{'photos':>6}  {'one after the other':>20}  {'one batch':>16}")
    for count in COUNTS:
        cells = [
            f"{medians[count, together]:.3f} s = {medians[count, together] / one:5.2f}" for together in (False, True)
        ]
        print(f"{count:6}  {cells[0]:>20}  {cells[1]:>16}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).read_bytes() if sys.argv[1:] else (ROOT / "models" / "example.jpg").read_bytes())
