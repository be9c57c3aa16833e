"""Connects to checked addresses only."""

import functools
import ssl
from contextlib import suppress

import httpcore
import httpx

from web.fetching.backend import Backend
from web.fetching.effort import Effort
from web.fetching.hosts import host_of
from web.fetching.lookup import look_up
from web.fetching.networks import AllowedNetworks, IPAddress


@functools.cache
def tls() -> ssl.SSLContext:
    """The trusted authorities; takes a tenth of a second and 2 MB to load."""
    return httpx.create_ssl_context(trust_env=False)


class ForbiddenNetwork(Exception):
    """A host has an address in a network that is not allowed; the message is for the log."""


class Transport(httpx.AsyncHTTPTransport):
    """Sends requests over connections that are bounded; see web/fetching/backend.py."""

    def __init__(self, effort: Effort) -> None:
        super().__init__(verify=tls(), trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(  # httpx has no argument for the backend
            ssl_context=tls(), max_connections=None, max_keepalive_connections=0, network_backend=Backend(effort)
        )


class CheckedTransport(httpx.AsyncBaseTransport):
    """Sends requests to the very addresses that were checked: looks a name up only once, so that it cannot change.

    No connection is reused, since one for another host at the same address would have that host's certificate.
    """

    def __init__(self, networks: AllowedNetworks, effort: Effort) -> None:
        self._networks = networks
        self._transport = Transport(effort)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request to the first address of its host that accepts a connection.

        Raises:
            ForbiddenNetwork: one of the host's addresses is not allowed.
            httpx.TransportError: see httpx.
        """
        for address in await self._addresses(request.url):
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._transport.handle_async_request(_at(address, request))
        raise httpx.ConnectError("No address of the host takes connections.")

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._transport.aclose()

    async def _addresses(self, url: httpx.URL) -> list[IPAddress]:
        host = host_of(url)
        try:
            addresses = await look_up(host)
        except OSError as error:  # TimeoutError is one
            raise httpx.ConnectError("The host's name cannot be looked up.") from error
        for address in addresses:
            if not self._networks.allow(address):
                raise ForbiddenNetwork(f"its address {address} is in no allowed network")
        return addresses


def _at(address: IPAddress, request: httpx.Request) -> httpx.Request:
    """The request, sent to an address, with the Host header and the certificate's name of its host."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host_of(request.url)},
    )
