"""Fetches photos over HTTP, within limits: neither an address nor what answers there is to be trusted."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from web.fetching.hosts import AllowedHosts
from web.fetching.limits import Limits
from web.fetching.networks import AllowedNetworks
from web.fetching.session import Session
from web.fetching.transport import tls

AT_ONCE = 64


class Fetcher:
    """Gets photos from the hosts and networks that the operator allows, and from no other."""

    def __init__(self, hosts: AllowedHosts, networks: AllowedNetworks, limits: Limits) -> None:
        """No connection is opened yet.

        Args:
            hosts: where photos may come from; none switches fetching off.
            networks: where these hosts may be.
            limits: for what is fetched.
        """
        self._hosts = hosts
        self._networks = networks
        self._limits = limits
        if hosts:
            tls()  # before the fork, so that workers share it
        self._slots = anyio.Semaphore(AT_ONCE)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session for one request; the photos that it fetches count as held until it ends."""
        session = Session(self._hosts, self._networks, self._limits, self._slots)
        try:
            yield session
        finally:
            session.forget()
