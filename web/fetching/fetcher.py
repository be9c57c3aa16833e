"""Fetches photos over HTTP, within limits. Trusts neither addresses nor answers."""

from collections.abc import Collection

from web.admission import Claim
from web.fetching.hosts import AllowedHosts
from web.fetching.limits import Limits
from web.fetching.networks import AllowedNetworks
from web.fetching.photos import Outcome
from web.fetching.session import Session
from web.fetching.slots import Slots
from web.fetching.transport import tls


class Fetcher:
    """Fetches photos from the hosts and networks that the operator allows, and from no other."""

    def __init__(self, hosts: AllowedHosts, networks: AllowedNetworks, limits: Limits) -> None:
        """Opens no connection yet.

        Args:
            hosts: the allowed hosts; none switches fetching off.
            networks: the allowed networks of these hosts.
            limits: for the photos of a request.
        """
        self._hosts = hosts
        self._networks = networks
        self._limits = limits
        if hosts:
            tls()  # before the fork, so that workers share it
        self._slots = Slots()

    async def fetch(self, addresses: Collection[str], claim: Claim) -> dict[str, Outcome]:
        """The photo at each address, or the reason why it was not fetched.

        Args:
            addresses: of one request.
            claim: the request's; the photos take room in it.
        """
        session = Session(self._hosts, self._networks, self._limits, claim)
        return await session.fetch(addresses, self._slots)
