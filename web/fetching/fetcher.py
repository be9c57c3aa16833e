"""Fetches photos over HTTP, within limits: neither an address nor what answers there is to be trusted."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import anyio
import httpx

from web.problems import Refusal

AT_ONCE_PER_REQUEST = 16
AT_ONCE = 64

TLS = httpx.create_ssl_context(trust_env=False)

Outcome = bytes | Refusal


class Fetcher:
    """Gets photos from the hosts that the operator allows, and from no other."""

    def __init__(self, hosts: frozenset[str], *, seconds: float, max_bytes: int, max_held_bytes: int) -> None:
        """Limits for what is fetched.

        Args:
            hosts: in lower case, with a port where it is not the scheme's own; none switches fetching off.
            seconds: time for all photos of a request to arrive.
            max_bytes: largest photo.
            max_held_bytes: most bytes of all fetched photos in this process, until their requests are answered.
        """
        self.hosts = hosts
        self.seconds = seconds
        self.max_bytes = max_bytes
        self.max_held_bytes = max_held_bytes
        self.held_bytes = 0
        self.slots = anyio.Semaphore(AT_ONCE)

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """A session for one request; the photos that it fetches count as held until it ends."""
        session = Session(self)
        try:
            yield session
        finally:
            self.held_bytes -= session.held_bytes


class Session:
    """The fetches of one request.

    Attributes:
        held_bytes: of the photos that it has fetched so far.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self.held_bytes = 0
        self._fetcher = fetcher
        self._slots = anyio.Semaphore(AT_ONCE_PER_REQUEST)

    async def fetch_all(self, addresses: Iterable[str]) -> dict[str, Outcome]:
        """The photo at each address, or why it was not fetched; all of them within the time for a request."""
        late = Refusal(
            422, f"The photo did not arrive within {self._fetcher.seconds:g} seconds: check its host, or try again."
        )
        outcomes: dict[str, Outcome] = dict.fromkeys(addresses, late)

        async def fetch(address: str) -> None:
            try:
                async with self._slots, self._fetcher.slots:
                    outcomes[address] = await self._fetch(client, address)
            except Refusal as refusal:
                outcomes[address] = refusal

        with anyio.move_on_after(self._fetcher.seconds):
            async with (
                httpx.AsyncClient(verify=TLS, timeout=self._fetcher.seconds, trust_env=False) as client,
                anyio.create_task_group() as group,
            ):
                for address in outcomes:
                    group.start_soon(fetch, address)
        return outcomes

    async def _fetch(self, client: httpx.AsyncClient, address: str) -> bytes:
        if not self._fetcher.hosts:
            raise Refusal(422, "This server fetches no photos: send the photo itself, as content.")
        if not self._is_allowed(address):
            raise Refusal(422, "This server does not fetch from this address: send the photo itself, as content.")
        try:
            async with client.stream("GET", address) as response:
                if response.status_code != httpx.codes.OK:
                    raise Refusal(422, "The photo's host did not answer with a photo: check the address.")
                return await self._read(response)
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Refusal(422, "The photo's host could not be reached: check the address, or try again.") from None

    async def _read(self, response: httpx.Response) -> bytes:
        photo = bytearray()
        async for chunk in response.aiter_raw():
            photo += chunk
            self.held_bytes += len(chunk)
            self._fetcher.held_bytes += len(chunk)
            if len(photo) > self._fetcher.max_bytes:
                raise Refusal(422, f"The photo at this address is larger than {self._fetcher.max_bytes} bytes.")
            if self._fetcher.held_bytes > self._fetcher.max_held_bytes:
                raise Refusal(503, "The server is busy. Try again in a second.", headers={"Retry-After": "1"})
        return bytes(photo)

    def _is_allowed(self, address: str) -> bool:
        try:
            url = urlsplit(address)
            return url.scheme in ("http", "https") and url.netloc.lower() in self._fetcher.hosts
        except ValueError:
            return False
