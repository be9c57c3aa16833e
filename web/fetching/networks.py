"""The networks that photos may be fetched from."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

# The only part of IPv6 that IANA has assigned to the internet. Mapped, NAT64 and link-local addresses lie outside.
IPV6_INTERNET = ip_network("2000::/3")

# Networks that some versions of Python consider public. Source: IANA's special-purpose address registries.
NOT_PUBLIC = tuple(
    map(
        ip_network,
        [
            "100.64.0.0/10",  # between a provider and its customers; also Alibaba's metadata
            "168.63.129.16/32",  # Azure's platform, seen from its virtual machines
            "192.0.0.0/24",  # protocols; also Oracle's metadata
            "192.88.99.0/24",  # 6to4 relays
            "2001::/23",  # protocols, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which wraps IPv4 addresses
            "3fff::/20",  # documentation
        ],
    )
)


class AllowedNetworks:
    """The internet, and the networks that the operator names."""

    def __init__(self, named: Iterable[IPNetwork] = ()) -> None:
        self._named = tuple(named)

    def allow(self, address: IPAddress) -> bool:
        """True if this address is allowed."""
        return is_public(address) or any(address in network for network in self._named)


def is_public(address: IPAddress) -> bool:
    """True if an address belongs to a host on the internet, not to this machine, its network or a special purpose."""
    return (
        address.is_global
        and not address.is_multicast
        and (address.version == 4 or address in IPV6_INTERNET)
        and not any(address in network for network in NOT_PUBLIC)
    )
