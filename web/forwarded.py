"""Finds the client's address behind proxies."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

ALL = "*"
MAX_PROXIES = 32  # in a row; headers have room for 100,000


class Proxies:
    """The trusted proxies, whose X-Forwarded-For is used."""

    def __init__(self, entries: str) -> None:
        """Reads the list.

        Args:
            entries: addresses and networks, comma-separated, as gunicorn takes them; `*` for all.
        """
        named = [entry.strip() for entry in entries.split(",") if entry.strip()]
        self._all = ALL in named
        self._networks = [ip_network(entry, strict=False) for entry in named if entry != ALL]

    def client(self, peer: str, forwarded: str) -> str:
        """The address of the client.

        From the last proxy backwards, each known proxy vouches for the address before it.

        Args:
            peer: the address that the connection comes from.
            forwarded: the header; empty if there is none.
        """
        client = peer
        for entry in reversed(forwarded.rsplit(",", MAX_PROXIES)[-MAX_PROXIES:] if forwarded else []):
            before = None if "%" in entry else address(entry)  # Python takes any text for the zone of an IPv6 address
            if before is None or not self._knows(client):
                break
            client = str(before)
        return client

    def client_of(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The address of the client that sent these headers, as ASGI has them; see `client`."""
        return self.client(peer, forwarded_in(headers))

    def _knows(self, peer: str) -> bool:
        found = address(peer)
        return self._all or (found is not None and any(found in network for network in self._networks))


def forwarded_in(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """X-Forwarded-For, as it was sent; empty if it was not."""
    return ",".join(value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for")


def address(entry: str) -> IPv4Address | IPv6Address | None:
    """The address in an entry of X-Forwarded-For, which may have a port; None if there is none."""
    entry = entry.strip()
    if entry.startswith("["):
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:
        entry = entry.partition(":")[0]
    try:
        found = ip_address(entry)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
