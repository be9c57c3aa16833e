"""The fetches of one request."""

from collections.abc import Collection

import anyio
import httpx
from anyio.lowlevel import checkpoint

from web.admission import Claim, Overloaded
from web.fetching import answers
from web.fetching.cookies import NoCookies
from web.fetching.effort import Effort
from web.fetching.hosts import AllowedHosts, host_of
from web.fetching.limits import Limits
from web.fetching.networks import AllowedNetworks
from web.fetching.photos import Outcome
from web.fetching.refusals import unfetchable
from web.fetching.report import log_unfetched
from web.fetching.slots import Slots
from web.fetching.transport import CheckedTransport, ForbiddenNetwork
from web.headers import RETRY_AFTER
from web.problems.problem import Refusal

AT_ONCE = 16
MAX_REDIRECTS = 3
CONNECT_SECONDS = 3  # for each address of a host
FREE_CHUNKS, BYTES_PER_CHUNK = 2000, 1024  # of a photo; beyond the free ones, they must be so large on average
HEADERS = {
    "Accept": "image/*, */*;q=0.5",
    "Accept-Encoding": "identity",  # photos are compressed already, and few bytes may unpack to gigabytes
    "Connection": "close",
    "User-Agent": "specsight",
}


class Session:
    """Fetches the photos of one request, concurrently."""

    def __init__(self, hosts: AllowedHosts, networks: AllowedNetworks, limits: Limits, claim: Claim) -> None:
        """Opens no connection yet.

        Args:
            hosts: the allowed hosts.
            networks: the allowed networks of these hosts.
            limits: for the photos of a request.
            claim: the request's, in which photos take room.
        """
        self._hosts = hosts
        self._networks = networks
        self._limits = limits
        self._claim = claim
        self._held_bytes = 0
        self._share = limits.max_bytes

    async def fetch(self, addresses: Collection[str], slots: Slots) -> dict[str, Outcome]:
        """The photo at each address, or the reason why it was not fetched, within the time for a request.

        Args:
            addresses: one or more.
            slots: bounds the fetches of all requests.
        """
        late = unfetchable(
            f"The photo did not arrive within {self._limits.seconds:g} seconds: check its host, or try again."
        )
        outcomes: dict[str, Outcome] = dict.fromkeys(addresses, late)
        self._share = self._limits.max_bytes // len(addresses)

        own_slots = anyio.Semaphore(AT_ONCE)

        async def fetch(address: str) -> None:
            try:
                async with own_slots:
                    outcomes[address] = await self._fetch(client, address, slots)
            except Refusal as refusal:
                outcomes[address] = refusal

        timeout = httpx.Timeout(self._limits.seconds, connect=CONNECT_SECONDS)
        transport = CheckedTransport(self._networks, Effort(self._limits.max_bytes))
        with anyio.move_on_after(self._limits.seconds):
            async with (
                httpx.AsyncClient(
                    transport=transport, headers=HEADERS, cookies=NoCookies(), timeout=timeout, trust_env=False
                ) as client,
                anyio.create_task_group() as group,
            ):
                for address in outcomes:
                    group.start_soon(fetch, address)
        log_unfetched(outcomes)
        return outcomes

    async def _fetch(self, client: httpx.AsyncClient, address: str, slots: Slots) -> bytes:
        """The photo at an address, after redirects."""
        if not self._hosts:
            raise unfetchable("This server fetches no photos: send the photo itself instead of its address.")
        try:
            url = self._check_host(address)
            for _ in range(1 + MAX_REDIRECTS):
                async with slots.slot(host_of(url)), client.stream("GET", url) as answer:
                    if not answer.next_request:
                        answers.check(answer, self._limits.max_bytes)
                        return await self._read(answer)
                    url = self._check_host(redirect_target(answer))
        except (httpx.InvalidURL, UnicodeError, ForbiddenNetwork) as error:  # UnicodeError: of domain names, from idna
            raise not_allowed(cause_of(error)) from None
        except Overloaded as error:
            raise Refusal(503, str(error), headers=RETRY_AFTER) from None
        # OSError: of TLS, which httpcore does not wrap.
        except (httpx.ReadError, httpx.RemoteProtocolError, OSError) as error:
            raise unfetchable(
                "The photo's host broke off, or did not speak HTTP: check the address, or try again.", cause_of(error)
            ) from None
        except httpx.HTTPError as error:
            raise unfetchable(
                "The photo's host could not be reached: check the address, or try again.", cause_of(error)
            ) from None
        raise unfetchable("The photo's host redirects too often: send the address where the photo is.")

    def _check_host(self, address: str | httpx.URL) -> httpx.URL:
        """An address as a URL, if its host is allowed.

        Raises:
            Refusal: it is not.
            httpx.InvalidURL: the address cannot be read.
        """
        url = httpx.URL(address)
        if "\\" in str(address) or not self._hosts.allow(url):  # browsers read a backslash as a slash
            raise not_allowed("its host, or its port, is not allowed")
        return url

    async def _read(self, answer: httpx.Response) -> bytes:
        """The photo in an answer."""
        photo = bytearray()
        chunks = 0
        try:
            async for chunk in answer.aiter_raw():
                self._claim.hold(len(chunk))
                self._held_bytes += len(chunk)
                photo += chunk
                chunks += 1
                check_chunks(chunks, len(photo))
                self._check_size(len(photo))
                await checkpoint()  # thousands of tiny chunks may have arrived at once
        except BaseException:
            self._claim.give_back(len(photo))
            self._held_bytes -= len(photo)
            raise
        return bytes(photo)

    def _check_size(self, size: int) -> None:
        """Refuses a photo that is too large; if all together are, refuses those beyond an equal share."""
        if size > self._limits.max_bytes:
            raise answers.too_large(self._limits.max_bytes)
        if size > self._share and self._held_bytes > self._limits.max_bytes:
            raise unfetchable(
                f"The photos of this request are larger than {self._limits.max_bytes} bytes: ask for fewer at once.",
            )


def check_chunks(count: int, size: int) -> None:
    """Refuses a photo that comes in thousands of tiny chunks, each of which costs as much as a large one."""
    if count > FREE_CHUNKS + size / BYTES_PER_CHUNK:
        raise unfetchable("The photo's host sends it in thousands of tiny pieces: send the photo itself.")


def redirect_target(answer: httpx.Response) -> httpx.URL:
    """The address that an answer redirects to; keeps user and password on the same host and port."""
    here = answer.request.url
    there = answer.next_request.url if answer.next_request else here
    if there.userinfo or (there.scheme, there.netloc) != (here.scheme, here.netloc):
        return there
    return there.copy_with(userinfo=here.userinfo)


def not_allowed(cause: str) -> Refusal:
    """The refusal of an address, the same for all causes, so that it does not reveal hosts in internal networks."""
    return unfetchable("This server does not fetch from this address: send the photo itself instead.", cause)


def cause_of(error: Exception) -> str:
    """The cause of an error, for the log."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
