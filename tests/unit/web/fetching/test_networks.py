"""web/fetching/networks.py."""

from ipaddress import ip_address, ip_network

import pytest

from web.fetching.networks import AllowedNetworks

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "223.255.255.1", "2606:4700::1111", "2a00:1450:4001::200e"]
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_allows_the_internet(address: str) -> None:
    """Addresses on the internet are allowed."""
    assert AllowedNetworks().allow(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_refuses_all_other_networks(address: str) -> None:
    """Addresses of this machine, its network, providers' inner networks and special purposes are refused."""
    assert not AllowedNetworks().allow(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_allows_networks_that_are_named(address: str) -> None:
    """Any of them is allowed once its network is named, and no other with it."""
    named = AllowedNetworks([ip_network(address.partition("%")[0])])
    assert named.allow(ip_address(address))
    assert [each for each in NOT_PUBLIC if named.allow(ip_address(each))] in ([address], ["fe80::1", "fe80::1%1"])
