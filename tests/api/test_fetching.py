"""Photos by address, over HTTP, from a real host."""

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app import create_app, create_fetcher
from settings import Settings
from tests.support.photo_host import PhotoHost, ok, photo_host, redirect
from tests.support.server import PATIENCE, Start, wait_for


def dribble(connection: socket.socket) -> None:
    """A photo that arrives byte by byte and never ends."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.1)


@pytest.fixture(scope="module")
def host(photo: bytes) -> Iterator[PhotoHost]:
    """A host that has /street.jpg, redirects /moved to it, and dribbles /dribble until the client leaves."""
    with photo_host() as host:
        host.answers = {
            "/street.jpg": ok(photo),
            "/moved": redirect("/street.jpg"),
            "/large": ok(bytes(100_000)),
            "/page": ok(b"log in", "Content-Type: text/html"),
            "/mjpeg": b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=a\r\n\r\n",
            "/dribble": dribble,
        }
        yield host


@pytest.fixture(scope="module")
def fetching(host: PhotoHost) -> httpx.Client:
    """A service that may fetch photos of up to 50 kB from that host."""
    settings = Settings(
        image_hosts=f"Photos.example.com, {host.netloc}",
        image_networks="127.0.0.0/8",
        image_seconds=1,
        max_body_bytes=50_000,
        compatibility=True,
        validate_responses=True,
    )
    return create_app(settings).test_client()


def ask(client: httpx.Client, address: str) -> dict[str, Any]:
    """The response to a batch with one photo by address."""
    response = client.post("/", json={"requests": [{"image": {"source": {"imageUri": address}}}]})
    assert response.status_code == 200, response.text
    [answer] = response.json()["responses"]
    return answer


@pytest.mark.parametrize("path", ["/street.jpg", "/moved"])
def test_every_operation_with_json_fetches(fetching: httpx.Client, host: PhotoHost, path: str) -> None:
    """A photo at an allowed host is fetched in a batch, alone, and in Google's request."""
    address = f"http://{host.netloc}{path}"
    alone = fetching.post("/predict", json={"imageUri": address, "score_th": 0.35})
    assert alone.status_code == 200, alone.text
    assert len(alone.json()["normalizedVertices"]) == 4
    assert (
        ask(fetching, address)["normalizedVertices"]
        == fetching.post("/predict", json={"imageUri": address}).json()["normalizedVertices"]
    )
    vision = {"features": [{"type": "OBJECT_LOCALIZATION"}], "image": {"source": {"imageUri": address}}}
    [answer] = fetching.post("/v1/images:annotate", json={"requests": [vision]}).json()["responses"]
    assert answer["localizedObjectAnnotations"]


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/missing", "did not answer with a photo"),
        ("/large", "larger than 50000 bytes"),
        ("/page", "no photo at this address"),
        ("/mjpeg", "stream of photos"),
        ("/dribble", "did not arrive within 1 seconds"),
    ],
)
def test_names_the_failure(fetching: httpx.Client, host: PhotoHost, path: str, detail: str) -> None:
    """A missing, oversized, slow or invalid photo is that entry's error, and a 422 if it is alone."""
    address = f"http://{host.netloc}{path}"
    assert detail in ask(fetching, address)["error"]["detail"]
    alone = fetching.post("/predict", json={"imageUri": address})
    assert alone.status_code == 422
    assert detail in alone.json()["detail"]


def test_failures_do_not_affect_others(fetching: httpx.Client, host: PhotoHost) -> None:
    """In a batch with photos of all kinds, responses stand in the order of the requests."""
    sources = [{"imageUri": f"http://{host.netloc}/{path}"} for path in ("dribble", "street.jpg", "missing", "moved")]
    response = fetching.post("/", json={"requests": [{"image": {"source": source}} for source in sources]})
    late, found, missing, moved = response.json()["responses"]
    assert "did not arrive" in late["error"]["detail"]
    assert "did not answer with a photo" in missing["error"]["detail"]
    assert found["normalizedVertices"] == moved["normalizedVertices"] != []


def test_time_to_fetch_is_a_stage(fetching: httpx.Client, host: PhotoHost) -> None:
    """The metrics have the time for all photos that a request names by address, also if none arrives."""

    def fetches() -> tuple[int, float]:
        told = fetching.get("/metrics").text
        count, seconds = (re.search(rf'stage_seconds_{part}{{stage="fetch"}} (.+)', told) for part in ("count", "sum"))
        return (int(float(count[1])), float(seconds[1])) if count and seconds else (0, 0.0)

    before, seconds_before = fetches()
    sources = [{"imageUri": f"http://{host.netloc}/{path}"} for path in ("dribble?1", "dribble?2", "street.jpg")]
    fetching.post("/", json={"requests": [{"image": {"source": source}} for source in sources]})
    after, seconds_after = fetches()
    assert after - before == 1
    assert 1 <= seconds_after - seconds_before < 2


def test_predict_takes_one_photo(fetching: httpx.Client, host: PhotoHost, photo_base64: str) -> None:
    """A photo together with an address is ambiguous, and refused."""
    answer = fetching.post("/predict", json={"image": photo_base64, "imageUri": f"http://{host.netloc}/street.jpg"})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"pointer": "#/imageUri", "detail": "must not be sent beside image"}]


@pytest.mark.parametrize("address", ["http://127.0.0.1/street.jpg", "http://localhost:{port}/street.jpg", "street.jpg"])
def test_fetches_from_no_other_host(fetching: httpx.Client, host: PhotoHost, address: str) -> None:
    """An address of another host is refused; tests/unit/web/fetching/ has many more."""
    answer = ask(fetching, address.format(port=host.port))
    assert "does not fetch from this address" in answer["error"]["detail"]


def test_fetches_from_no_network_that_is_not_named(host: PhotoHost) -> None:
    """An allowed host in a private network is not contacted unless that network is named."""
    client = create_app(Settings(image_hosts=host.netloc)).test_client()
    before = host.connections
    assert "does not fetch from this address" in ask(client, f"http://{host.netloc}/street.jpg")["error"]["detail"]
    assert host.connections == before


def test_names_hosts_that_are_down(fetching: httpx.Client) -> None:
    """An unreachable host is that entry's error."""
    assert "could not be reached" in ask(fetching, "https://photos.example.com/street.jpg")["error"]["detail"]


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("http://user:secret@{host}/missing", "{host}, 1: status 404"),
        ("http://{host}/dribble", "{host}, 1: The photo did not arrive within 1 seconds"),
        ("http://{host}/page", "{host}, 1: There is no photo at this address, says its Content-Type"),
        ("https://photos.example.com/x", "photos.example.com, 1: ConnectError: The host's name cannot be looked up."),
        ("http://127.0.0.1/x", "127.0.0.1, 1: its host, or its port, is not allowed"),
        ("http://x:y/", "-, 1: InvalidURL"),
    ],
)
def test_the_log_names_the_host(
    fetching: httpx.Client, host: PhotoHost, caplog: pytest.LogCaptureFixture, address: str, cause: str
) -> None:
    """The operator learns which host a photo was not fetched from, and why, but no password; the metrics count it."""

    def failures() -> int:
        told = re.search(r'photo_failures_total{reason="fetch"} (.+)', fetching.get("/metrics").text)
        return int(float(told[1])) if told else 0

    before = failures()
    caplog.set_level(logging.INFO, "web")
    ask(fetching, address.format(host=host.netloc))
    [line] = [line for line in caplog.messages if "not fetched" in line]
    assert line.partition("photos were not fetched from ")[2].startswith(cause.format(host=host.netloc))
    assert "secret" not in caplog.text
    assert failures() - before == 1


def test_the_log_has_one_line_for_a_request(
    fetching: httpx.Client, host: PhotoHost, caplog: pytest.LogCaptureFixture
) -> None:
    """Many photos and hosts have one line together, with a few of the hosts."""
    addresses = [f"http://{host.netloc}/missing?{number}" for number in range(9)]
    addresses += [f"http://192.0.2.{number}/" for number in range(9)]
    caplog.set_level(logging.INFO, "web")
    fetching.post("/", json={"requests": [{"image": {"source": {"imageUri": each}}} for each in addresses]})
    [line] = [line for line in caplog.messages if "not fetched" in line]
    assert f"from {host.netloc}, 9: status 404; 192.0.2." in line
    assert line.endswith("; …")


def test_is_off_unless_hosts_are_named(client: httpx.Client, host: PhotoHost) -> None:
    """Nothing is fetched unless the settings name hosts."""
    before = host.connections
    assert "fetches no photos" in ask(client, f"http://{host.netloc}/street.jpg")["error"]["detail"]
    assert host.connections == before


@pytest.mark.slow
def test_dribbling_hosts_block_nobody(start: Start, host: PhotoHost, photo_base64: str) -> None:
    """While more photos dribble than there are threads, batches and probes are answered."""
    server = start(
        DETECTOR_IMAGE_HOSTS=host.netloc,
        DETECTOR_IMAGE_NETWORKS="127.0.0.1",
        DETECTOR_IMAGE_SECONDS="8",
        DETECTOR_QUEUE="64",  # all come back at once
    ).wait_until_ready()
    before = host.connections
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as client, ThreadPoolExecutor(40) as senders:
        dribbling = [senders.submit(ask, client, f"http://{host.netloc}/dribble") for _ in range(40)]
        wait_for(lambda: host.connections >= before + 40, lambda: f"{host.connections - before} of 40 photos dribble")
        batch = client.post("/", json={"requests": [{"image": {"content": photo_base64}}] * 2})
        live = client.get("/health/live")
        assert not any(future.done() for future in dribbling)
        assert all(response["normalizedVertices"] for response in batch.json()["responses"])
        assert live.status_code == 200
        for future in dribbling:
            assert "did not arrive within 8 seconds" in future.result()["error"]["detail"]


@pytest.mark.slow
def test_a_client_that_leaves_ends_its_fetches(start: Start, host: PhotoHost) -> None:
    """A host sees its connection closed once the client that wanted its photo has left."""
    asked, ended = threading.Event(), threading.Event()

    def until_closed(connection: socket.socket) -> None:
        asked.set()
        if not connection.recv(1):
            ended.set()

    host.answers["/waited-for"] = until_closed
    server = start(
        DETECTOR_IMAGE_HOSTS=host.netloc, DETECTOR_IMAGE_NETWORKS="127.0.0.1", DETECTOR_IMAGE_SECONDS="600"
    ).wait_until_ready()
    url = httpx.URL(server.url)
    with socket.create_connection((url.host, url.port or 80), timeout=PATIENCE) as client:
        body = f'{{"imageUri": "http://{host.netloc}/waited-for"}}'
        client.sendall(f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        assert asked.wait(PATIENCE)
    assert ended.wait(PATIENCE / 2)


def test_warns_of_hosts_out_of_reach(caplog: pytest.LogCaptureFixture) -> None:
    """An operator who names a private host, but not its network, is warned at the start."""
    hosts = "10.0.0.1:8080, 127.0.0.1, 8.8.8.8, photos.example"
    create_fetcher(Settings(image_hosts=hosts, image_networks="127.0.0.0/8"))
    [line] = caplog.messages
    assert "10.0.0.1" in line
    assert "DETECTOR_IMAGE_NETWORKS" in line
