"""Bounds on how much is fetched and held at a time; with a real host."""

import socket
import threading
import time

import anyio
import pytest

from tests.support.fetching import fetch, fetcher, outcomes
from tests.support.photo_host import PhotoHost, ok, photo_host
from tests.unit.web.fetching.conftest import PHOTO
from web.admission import Admission, AdmissionLimits
from web.fetching import lookup, slots
from web.layers.disconnects import ClientDisconnected, while_connected
from web.problems.problem import Refusal

TOGETHER = "The photos of this request are larger than 100000 bytes: ask for fewer at once."


class Counter:
    """A response that counts the requests waiting for it."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket) -> None:
        """Responds after a while."""
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.2)
        with self._lock:
            self.now -= 1
        connection.sendall(ok(PHOTO))


def endless(connection: socket.socket) -> None:
    """An endless response, ten kilobytes at a time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(bytes(10_000))
        time.sleep(0.01)


def test_photos_are_fetched_at_the_same_time(host: PhotoHost) -> None:
    """Sixteen of a request's photos are fetched at a time, and each address is requested once."""
    host.answers["/slow"] = counter = Counter()
    addresses = [f"http://{host.netloc}/slow?{number}" for number in range(40)]
    assert fetch(fetcher(host.netloc), *addresses) == [PHOTO] * 40
    assert counter.most == 16
    assert len(host.requests) == 40


def test_all_requests_share_a_bound(host: PhotoHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of fetches at a time has one bound for all requests."""
    monkeypatch.setattr(slots, "AT_ONCE", 5)
    host.answers["/slow"] = counter = Counter()
    ours = fetcher(host.netloc)
    addresses = [f"http://{host.netloc}/slow?{number}" for number in range(6)]

    async def all_at_once() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(outcomes, ours, *addresses)

    anyio.run(all_at_once)
    assert counter.most == 5
    assert len(host.requests) == 18


def test_a_slow_host_delays_no_other(host: PhotoHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """One host gets only some of the slots: while requests fill them up with a silent one, another's photo comes."""
    monkeypatch.setattr(slots, "AT_ONCE_PER_HOST", 5)
    monkeypatch.setattr(slots, "AT_ONCE", 6)
    with photo_host("127.0.0.2") as silent:
        silent.answers["/a.jpg"] = lambda connection: connection.recv(1)
        ours = fetcher(host.netloc, silent.netloc, seconds=2)
        addresses = [f"http://{silent.netloc}/a.jpg?{number}" for number in range(10)]
        photos: list[bytes | str] = []

        async def run() -> None:
            async with anyio.create_task_group() as group:
                group.start_soon(outcomes, ours, *addresses)
                while silent.connections < 5:  # noqa: ASYNC110 - another thread counts
                    await anyio.sleep(0.01)
                photos.extend(await outcomes(ours, f"http://{host.netloc}/a.jpg"))
                group.cancel_scope.cancel()

        anyio.run(run)
        assert photos == [PHOTO]
        assert silent.connections == 5


def test_late_photos_do_not_affect_others(host: PhotoHost) -> None:
    """The time is for all photos together; those that have arrived by then are returned."""
    host.answers["/slow"] = lambda _: time.sleep(3)
    addresses = [f"http://{host.netloc}/{path}" for path in ("slow?1", "a.jpg", "slow?2", "missing")]
    late, photo, late_too, missing = fetch(fetcher(host.netloc, seconds=1), *addresses)
    assert photo == PHOTO
    assert late == late_too == "The photo did not arrive within 1 seconds: check its host, or try again."
    assert "did not answer with a photo" in str(missing)


def test_waiting_photos_are_late_too(host: PhotoHost) -> None:
    """Photos behind sixteen that never come are late as well, and get no time of their own."""
    host.answers["/slow"] = lambda _: time.sleep(3)
    addresses = [f"http://{host.netloc}/slow?{number}" for number in range(16)] + [f"http://{host.netloc}/a.jpg"]
    assert all("did not arrive" in str(outcome) for outcome in fetch(fetcher(host.netloc, seconds=0.3), *addresses))


def test_photos_together_are_bounded_as_a_body_is(host: PhotoHost) -> None:
    """Three photos of 40 kB are more than 100 kB; two are not."""
    host.answers["/large"] = ok(bytes(40_000))
    addresses = [f"http://{host.netloc}/large?{number}" for number in range(3)]
    assert fetch(fetcher(host.netloc), *addresses[:2]) == [bytes(40_000)] * 2
    assert TOGETHER in fetch(fetcher(host.netloc), *addresses)


def test_large_photos_do_not_affect_small_ones(host: PhotoHost) -> None:
    """If all together are too large, those below an equal share are still returned."""

    def after_a_while(connection: socket.socket) -> None:
        time.sleep(0.3)
        connection.sendall(ok(bytes(10_000)))

    host.answers |= {"/endless": endless, "/small": after_a_while}
    addresses = [f"http://{host.netloc}/{path}" for path in ("endless?1", "small?1", "endless?2", "small?2")]
    first, small, second, small_too = fetch(fetcher(host.netloc), *addresses)
    assert small == small_too == bytes(10_000)
    assert "larger than 100000 bytes" in str(first)
    assert "larger than 100000 bytes" in str(second)


class TestRoom:
    """Room for the bytes of all requests in this process."""

    def test_is_taken_by_photos(self, host: PhotoHost) -> None:
        """Photos count until their request is answered; those refused on the way do not."""
        host.answers |= {"/large": ok(bytes(40_000)), "/endless": endless}
        admission = Admission(AdmissionLimits(at_once=1, held_bytes=1_000_000))
        claim = admission.admit()

        async def run() -> None:
            await fetcher(host.netloc).fetch([f"http://{host.netloc}/{path}" for path in ("large", "endless")], claim)

        anyio.run(run)
        assert admission._room.free == 960_000
        claim.release()
        assert admission._room.free == 1_000_000

    def test_beyond_it_the_server_is_busy(self, host: PhotoHost) -> None:
        """A photo without room is refused until others are answered, with a status that says so."""
        host.answers["/large"] = ok(bytes(40_000))
        ours = fetcher(host.netloc)
        address = f"http://{host.netloc}/large"
        admission = Admission(AdmissionLimits(at_once=1, held_bytes=50_000))

        async def run() -> None:
            first = admission.admit()
            await ours.fetch([address], first)
            refusal = (await ours.fetch([address], admission.admit()))[address]
            assert isinstance(refusal, Refusal)
            assert refusal.status == 503
            assert refusal.headers == {"Retry-After": "1"}
            first.release()
            assert (await ours.fetch([address], admission.admit())) == {address: bytes(40_000)}

        anyio.run(run)


class TestLookups:
    """Lookups of names, which may hang as long as the system's resolver does."""

    def test_hanging_lookups_block_nobody(self, host: PhotoHost, monkeypatch: pytest.MonkeyPatch) -> None:
        """A name whose lookup hangs is given up after a time, and has one thread however often it is looked up."""
        monkeypatch.setattr(lookup, "SECONDS", 0.2)
        monkeypatch.setattr(lookup, "MAX_THREADS", 64)
        hanging = threading.Event()
        getaddrinfo = socket.getaddrinfo

        def look_up(name: str, *arguments: object, **options: object) -> object:
            if name.endswith(".example"):
                hanging.wait(30)
            return getaddrinfo(name, *arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        ours = fetcher("*", f"*:{host.port}")
        names = [f"http://{number}.example/" for number in range(63)]
        try:
            *unknown, photo = fetch(ours, *names, f"http://localhost:{host.port}/a.jpg")
            assert photo == PHOTO
            assert all("could not be reached" in str(outcome) for outcome in unknown)
            assert all("could not be reached" in str(outcome) for outcome in fetch(ours, *names))
            fetch(ours, "http://last.example/")
            assert "could not be reached" in str(fetch(ours, "http://another.example/"))  # at once, without a thread
            assert sum(thread.name == "lookup" for thread in threading.enumerate()) == 64
        finally:
            hanging.set()


def test_stops_when_the_client_leaves(host: PhotoHost) -> None:
    """A client that disconnects during its fetches ends them, including their connections."""
    asked, ended = threading.Event(), threading.Event()

    def until_closed(connection: socket.socket) -> None:
        asked.set()
        if not connection.recv(1):
            ended.set()

    host.answers["/slow"] = until_closed
    ours = fetcher(host.netloc, seconds=30)

    async def receive() -> dict[str, str]:
        assert await anyio.to_thread.run_sync(asked.wait, 5)
        return {"type": "http.disconnect"}

    async def run() -> None:
        claim = Admission(AdmissionLimits(at_once=1)).admit()
        with pytest.raises(ClientDisconnected):
            await while_connected(receive, ours.fetch([f"http://{host.netloc}/slow"], claim))

    anyio.run(run)
    assert ended.wait(5)
