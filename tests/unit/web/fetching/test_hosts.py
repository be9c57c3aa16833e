"""web/fetching/hosts.py."""

import httpx
import pytest

from web.fetching.hosts import AllowedHosts

NAMED = ["Photos.example.com", "camera.lan:8080", "192.0.2.7", "[2001:DB8:0::1]:81", "bücher.example"]


@pytest.mark.parametrize(
    "address",
    [
        "http://photos.example.com/a.jpg",
        "https://photos.example.com/a.jpg",
        "https://PHOTOS.example.COM./a.jpg",
        "http://photos.example.com:80/",
        "https://photos.example.com:443/",
        "https://user:password@photos.example.com/",
        "http://camera.lan:8080/",
        "https://camera.lan:8080/",
        "http://192.0.2.7/",
        "http://[2001:db8::1]:81/",
        "http://BÜCHER.example/",
        "http://xn--bcher-kva.example/",
    ],
)
def test_allows_what_is_named(address: str) -> None:
    """A host is allowed at its scheme's default port or at the named port, however it is written."""
    assert AllowedHosts(NAMED).allow(httpx.URL(address))


@pytest.mark.parametrize(
    "address",
    [
        "http://photos.example.com:8080/",
        "https://photos.example.com:80/",
        "http://camera.lan/",
        "http://camera.lan:8081/",
        "http://evil.photos.example.com/",
        "http://photos.example.com.evil.example/",
        "http://photos.example.com@evil.example/",
        "http://evil.example/#@photos.example.com/",
        "http://evil.example?photos.example.com/",
        "ftp://photos.example.com/",
        "file://photos.example.com/etc/passwd",
        "gs://photos.example.com/a.jpg",
        "//photos.example.com/",
        "photos.example.com",
        "",
        "http:///photos.example.com",
    ],
)
def test_allows_nothing_else(address: str) -> None:
    """No other host, port or scheme is allowed."""
    assert not AllowedHosts(NAMED).allow(httpx.URL(address))


def test_star_is_every_host() -> None:
    """With `*` all hosts are allowed at the schemes' default ports, with `*:8080` at that port."""
    hosts = AllowedHosts(["*", "*:8080"])
    for address in ("http://a.example/", "https://127.0.0.1/", "http://a.example:8080/"):
        assert hosts.allow(httpx.URL(address))
    for address in ("http://a.example:25/", "https://a.example:80/", "ftp://a.example/"):
        assert not hosts.allow(httpx.URL(address))


@pytest.mark.parametrize(
    "entry",
    [
        "http://a.example",
        "a.example/photos",
        "a.example:port",
        "a.example:0",
        "a.example:65536",
        "*.example.com",
        "user@a.example",
        "a example",
        ":80",
        "[::1",
    ],
)
def test_refuses_other_entries(entry: str) -> None:
    """An entry that could never match is refused at the start."""
    with pytest.raises(ValueError, match="each host is a name or an IP address"):
        AllowedHosts([entry])
