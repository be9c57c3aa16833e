"""The hosts that photos may be fetched from."""

import ipaddress
from collections.abc import Iterable, Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

import httpx

DEFAULT_PORTS = {"http": 80, "https": 443}
ANY = "*"


class AllowedHosts:
    """Hosts that the operator names, each at one port or at its scheme's default; `*` is every host."""

    def __init__(self, entries: Iterable[str]) -> None:
        """Parses entries such as `photos.example.com`, `camera.lan:8080`, `[2001:db8::1]` and `*`.

        Raises:
            ValueError: one is none of these; the message says so.
        """
        self._allowed = frozenset(map(parse, entries))

    def __bool__(self) -> bool:
        return bool(self._allowed)

    @property
    def ip_addresses(self) -> Iterator[IPv4Address | IPv6Address]:
        """The hosts that are named by an IP address."""
        for host, _ in sorted(self._allowed, key=str):
            with suppress(ValueError):
                yield ipaddress.ip_address(host)

    def allow(self, url: httpx.URL) -> bool:
        """True if the scheme, host and port of this address are allowed."""
        host = host_of(url)
        default_port = DEFAULT_PORTS.get(url.scheme)
        if not host or default_port is None:
            return False
        port = None if url.port in (None, default_port) else url.port
        ports = {port, url.port or default_port}
        return any((name, each) in self._allowed for name in (host, ANY) for each in ports)


def parse(entry: str) -> tuple[str, int | None]:
    """The host that an entry names, and its port if it names one."""
    try:
        url = httpx.URL(f"any://{entry}")  # no known scheme, so that every port is kept
    except httpx.InvalidURL:
        url = httpx.URL()
    host = host_of(url)
    ports = range(1, 2**16)
    if (
        not host
        or url.port not in (None, *ports)
        or (ANY in host and host != ANY)
        or url.userinfo
        or url.raw_path not in (b"", b"/")
        or url.fragment
    ):
        raise ValueError("each host is a name or an IP address, with a port if need be, or *")
    return host, url.port


def host_of(url: httpx.URL) -> str:
    """An address's host in its canonical form: ASCII in lower case without a dot at its end, IP addresses shortened.

    Empty if there is none, or if it has characters that no host has, which httpx percent-encodes.
    """
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    if "%" in host:
        return ""
    with suppress(ValueError):
        host = str(ipaddress.ip_address(host))
    return host
