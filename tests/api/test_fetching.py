"""web/fetching/, over HTTP, with a real host of pictures."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from app import create_app
from settings import Settings
from tests.support.server import PATIENCE, Start


@pytest.fixture(scope="module")
def host(photo: bytes) -> Iterator[str]:
    """A host that has /street.jpg, sends /moved elsewhere, and dribbles /dribble until the client leaves."""

    class Pictures(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/dribble":
                self.send_response(200)
                self.end_headers()
                with suppress(ConnectionError):
                    for _ in range(600):
                        self.wfile.write(b"x")
                        time.sleep(0.1)
                return
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "/street.jpg")
                self.end_headers()
                return
            self.send_response(404 if self.path == "/missing" else 200)
            self.end_headers()
            self.wfile.write(photo if self.path == "/street.jpg" else b"x" * 100_000)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Pictures) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def fetching(host: str) -> httpx.Client:
    """A service that may fetch pictures of up to 50 kB from that host."""
    settings = Settings(
        image_hosts=f"Photos.example.com, {host}", image_seconds=1, max_body_bytes=50_000, validate_responses=True
    )
    return create_app(settings).test_client()


def ask(client: httpx.Client, address: str) -> dict[str, Any]:
    """The answer to a batch with one picture at an address."""
    response = client.post("/", json={"requests": [{"image": {"source": {"imageUri": address}}}]})
    assert response.status_code == 200, response.text
    [answer] = response.json()["responses"]
    return answer


def test_fetches_from_allowed_hosts(fetching: httpx.Client, host: str) -> None:
    """A picture at an allowed host is looked at."""
    assert ask(fetching, f"http://{host}/street.jpg")["normalizedVertices"]


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/missing", "did not answer with a photo"),
        ("/moved", "did not answer with a photo"),
        ("/large", "larger than 50000 bytes"),
        ("/dribble", "did not arrive within 1 seconds"),
    ],
)
def test_says_what_went_wrong(fetching: httpx.Client, host: str, path: str, detail: str) -> None:
    """A picture that is missing, moved, too large or too slow is that entry's error."""
    assert detail in ask(fetching, f"http://{host}{path}")["error"]["detail"]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/street.jpg",
        "http://localhost:{port}/street.jpg",
        "http://{host}@evil.example.com/",
        "http://evil.example.com#@{host}/",
        "http://evil.example.com\\@{host}/",
        "http://{host}.evil.example.com/",
        "file:///etc/passwd",
        "ftp://{host}/street.jpg",
        "gs://bucket/street.jpg",
        "http://[::1/street.jpg",
        "street.jpg",
    ],
)
def test_fetches_from_no_other_host(fetching: httpx.Client, host: str, address: str) -> None:
    """An address of another host or scheme is refused, however it is dressed up."""
    dressed = address.format(host=host, port=host.partition(":")[2])
    assert "does not fetch from this address" in ask(fetching, dressed)["error"]["detail"]


def test_names_hosts_that_are_down(fetching: httpx.Client) -> None:
    """A host that cannot be reached is that entry's error."""
    assert "could not be reached" in ask(fetching, "https://photos.example.com/street.jpg")["error"]["detail"]


def test_is_off_unless_hosts_are_named(client: httpx.Client, host: str) -> None:
    """Without hosts in the settings nothing is fetched."""
    assert "fetches no photos" in ask(client, f"http://{host}/street.jpg")["error"]["detail"]


def test_dribbling_hosts_hold_nobody_up(start: Start, host: str, photo_base64: str) -> None:
    """While more photos dribble than there are threads, batches and probes are answered."""
    server = start(DETECTOR_IMAGE_HOSTS=host, DETECTOR_IMAGE_SECONDS="8").wait_until_ready()
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as client, ThreadPoolExecutor(40) as senders:
        dribbling = [senders.submit(ask, client, f"http://{host}/dribble") for _ in range(40)]
        time.sleep(1)  # long enough for all of them to arrive
        batch = client.post("/", json={"requests": [{"image": {"content": photo_base64}}] * 2})
        live = client.get("/health/live")
        assert not any(future.done() for future in dribbling)
        assert all(response["normalizedVertices"] for response in batch.json()["responses"])
        assert live.status_code == 200
        for future in dribbling:
            assert "did not arrive within 8 seconds" in future.result()["error"]["detail"]
