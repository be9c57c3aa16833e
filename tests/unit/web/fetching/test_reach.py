"""The hosts that are contacted, their addresses, and the secrets they get; with real hosts on this machine."""

import base64
import socket

import pytest

from tests.support.fetching import fetch, fetcher, resolve
from tests.support.photo_host import PhotoHost, ok, photo_host, redirect
from tests.unit.web.fetching.conftest import PHOTO

NOT_ALLOWED = "This server does not fetch from this address: send the photo itself instead."
BROKEN_OFF = "The photo's host broke off, or did not speak HTTP: check the address, or try again."
UNREACHABLE = "The photo's host could not be reached: check the address, or try again."

# Addresses of a host at 127.0.0.1 and at ::1.
DRESSED_UP = [
    "http://127.0.0.1:{port}/a.jpg",
    "HTTP://127.0.0.1:{port}/a.jpg",
    "http://127.0.0.1.:{port}/a.jpg",
    "http://127.0.0.2:{port}/a.jpg",
    "http://127.1:{port}/a.jpg",
    "http://127.0.1:{port}/a.jpg",
    "http://2130706433:{port}/a.jpg",
    "http://0x7f000001:{port}/a.jpg",
    "http://0x7F.0x0.0x0.0x1:{port}/a.jpg",
    "http://017700000001:{port}/a.jpg",
    "http://0177.0.0.01:{port}/a.jpg",
    "http://0:{port}/a.jpg",
    "http://0.0.0.0:{port}/a.jpg",
    "http://localhost:{port}/a.jpg",
    "http://LOCALHOST.:{port}/a.jpg",
    "http://\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54:{port}/a.jpg",
    "http://\uff11\uff12\uff17.0.0.1:{port}/a.jpg",
    "http://127\u30020\u30020\u30021:{port}/a.jpg",
    "http://\u2460\u2461\u2466.0.0.1:{port}/a.jpg",
    "http://{hostname}:{port}/a.jpg",
    "http://[::1]:{port}/a.jpg",
    "http://[0:0:0:0:0:0:0:1]:{port}/a.jpg",
    "http://[::]:{port}/a.jpg",
    "http://[::1%25lo]:{port}/a.jpg",
    "http://[::ffff:127.0.0.1]:{port}/a.jpg",
    "http://[::FFFF:7f00:1]:{port}/a.jpg",
    "http://[::127.0.0.1]:{port}/a.jpg",
    "http://[64:ff9b::127.0.0.1]:{port}/a.jpg",
    "http://[2002:7f00:1::]:{port}/a.jpg",
    "http://photos.example@127.0.0.1:{port}/a.jpg",
    "http://photos.example:80@127.0.0.1:{port}/a.jpg",
    "http://127.0.0.1:{port}\\@photos.example/a.jpg",
    "http://photos.example\\@127.0.0.1:{port}/a.jpg",
    "http://photos.example#@127.0.0.1:{port}/a.jpg",
    "http:\\\\127.0.0.1:{port}\\a.jpg",
    "http:/127.0.0.1:{port}/a.jpg",
    "http:127.0.0.1:{port}/a.jpg",
    "//127.0.0.1:{port}/a.jpg",
    "http:////127.0.0.1:{port}/a.jpg",
    " http://127.0.0.1:{port}/a.jpg",
    "http://127.0.0.1:{port} /a.jpg",
    "http://127.0.0.1\t:{port}/a.jpg",
    "http://127.0.0.1%00.photos.example:{port}/a.jpg",
    "http://%31%32%37.0.0.1:{port}/a.jpg",
    "http://[127.0.0.1]:{port}/a.jpg",
    "http://[::1/a.jpg",
    "http://127.0.0.1:{port}5555/a.jpg",
    "http://xn--{port}--zzz/a.jpg",
    "ftp://127.0.0.1:{port}/a.jpg",
    "file:///etc/hosts",
    "gopher://127.0.0.1:{port}/_GET",
    "unix:///run/docker.sock",
    "jar:http://127.0.0.1:{port}/a.jpg!/",
    "data:image/jpeg;base64,AAAA",
    "a.jpg",
    "http://",
    "http:///a.jpg",
    "",
]


@pytest.mark.parametrize("address", DRESSED_UP)
@pytest.mark.parametrize("networks", [[], ["10.0.0.0/8", "fd00::/8"]], ids=["none", "others"])
def test_nothing_reaches_this_machine(address: str, networks: list[str]) -> None:
    """If every host is allowed, but not this machine's network, no spelling of its address opens a connection."""
    with photo_host() as host, photo_host("::1", host.port) as ipv6_host:
        anywhere = fetcher("*", f"*:{host.port}", networks=networks)
        dressed = address.format(port=host.port, hostname=socket.gethostname())
        assert fetch(anywhere, dressed) in ([NOT_ALLOWED], [UNREACHABLE])
        assert host.connections == ipv6_host.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "[::1]"])
def test_a_network_that_is_named_is_reached(address: str) -> None:
    """Once its network is named, a host on this machine is contacted."""
    with photo_host() as host, photo_host("::1", host.port) as ipv6_host:
        host.answers["/a.jpg"] = ipv6_host.answers["/a.jpg"] = ok(PHOTO)
        assert fetch(fetcher(f"{address}:{host.port}"), f"http://{address}:{host.port}/a.jpg") == [PHOTO]


def test_is_off_without_hosts(host: PhotoHost) -> None:
    """If no host is allowed, none is contacted."""
    assert fetch(fetcher(), f"http://{host.netloc}/a.jpg") == [
        "This server fetches no photos: send the photo itself instead of its address."
    ]
    assert host.connections == 0


def test_sends_hosts_nothing_about_the_caller(host: PhotoHost) -> None:
    """A host gets the address without its fragment, and only the headers that HTTP requires."""
    assert fetch(fetcher(host.netloc), f"http://{host.netloc}/a.jpg?size=1#part") == [PHOTO]
    request_line, *headers = host.requests[0].rstrip().split("\r\n")
    assert request_line == "GET /a.jpg?size=1 HTTP/1.1"
    assert sorted(headers) == [
        "Accept-Encoding: identity",
        "Accept: image/*, */*;q=0.5",
        "Connection: close",
        f"Host: {host.netloc}",
        "User-Agent: specsight",
    ]


class TestLookups:
    """Names, and the addresses behind them."""

    @pytest.mark.parametrize(
        "addresses", [["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "127.0.0.1"], ["8.8.8.8", "::ffff:127.0.0.1"]]
    )
    def test_one_private_address_is_enough(
        self, host: PhotoHost, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
    ) -> None:
        """A name with one forbidden address is not contacted at the others either."""
        resolve(monkeypatch, addresses)
        name = f"photos.example:{host.port}"
        assert fetch(fetcher(name, networks=[]), f"http://{name}/a.jpg") == [NOT_ALLOWED]
        assert host.connections == 0

    def test_a_name_that_changes_its_address_is_of_no_use(
        self, host: PhotoHost, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The connection goes to the checked address: no second lookup could say otherwise."""
        asked = resolve(monkeypatch, ["127.0.0.2"], ["127.0.0.1"])
        name = f"photos.example:{host.port}"
        with photo_host("127.0.0.2", host.port) as allowed:
            allowed.answers["/a.jpg"] = ok(b"allowed")
            assert fetch(fetcher(name, networks=["127.0.0.2/32"]), f"http://{name}/a.jpg") == [b"allowed"]
            assert f"Host: {name}\r\n" in allowed.requests[0]
        assert asked == ["photos.example"]
        assert host.connections == 0

    def test_tries_every_address(self, host: PhotoHost, monkeypatch: pytest.MonkeyPatch) -> None:
        """If a host refuses connections at one of its addresses, the next is tried."""
        resolve(monkeypatch, ["127.0.0.3", "127.0.0.4", "127.0.0.1"])
        name = f"photos.example:{host.port}"
        assert fetch(fetcher(name), f"http://{name}/a.jpg") == [PHOTO]

    def test_names_without_an_address_are_unreachable(self) -> None:
        """RFC 2606 keeps .invalid free of hosts."""
        assert fetch(fetcher("photos.invalid"), "http://photos.invalid/a.jpg") == [UNREACHABLE]


class TestRedirects:
    """Redirects."""

    def test_follows_them_to_allowed_hosts(self, host: PhotoHost) -> None:
        """Relative and absolute redirects are followed, even to another allowed host."""
        with photo_host("127.0.0.2") as other:
            host.answers["/moved"] = redirect("/again")
            host.answers["/again"] = redirect(f"//{other.netloc}/b.jpg")
            other.answers["/b.jpg"] = ok(b"b")
            assert fetch(fetcher(host.netloc, other.netloc), f"http://{host.netloc}/moved") == [b"b"]

    @pytest.mark.parametrize(
        "location",
        [
            "http://{secret}/a.jpg",
            "//{secret}/a.jpg",
            "http://user@{secret}/",
            "file:///etc/hosts",
            "http://[::1",
            "\\\\{secret}",
            "http://xn--zzz-/a.jpg",
        ],
    )
    def test_follows_them_nowhere_else(self, host: PhotoHost, location: str) -> None:
        """A forbidden host is not contacted, whoever redirects to it."""
        with photo_host("127.0.0.2") as secret:
            host.answers["/moved"] = redirect(location.format(secret=secret.netloc))
            [answer] = fetch(fetcher(host.netloc), f"http://{host.netloc}/moved")
            assert answer in (NOT_ALLOWED, BROKEN_OFF)
            assert secret.connections == 0

    def test_checks_networks_again(self, host: PhotoHost) -> None:
        """If every host is allowed, a redirect still reaches no other network."""
        with photo_host("127.0.0.2") as secret:
            host.answers["/moved"] = redirect(f"http://{secret.netloc}/a.jpg")
            anywhere = fetcher(f"*:{host.port}", f"*:{secret.port}", networks=["127.0.0.1/32"])
            assert fetch(anywhere, f"http://{host.netloc}/moved") == [NOT_ALLOWED]
            assert secret.connections == 0

    def test_gives_up_after_a_few(self, host: PhotoHost) -> None:
        """A redirect to itself is given up after a few."""
        host.answers["/moved"] = redirect("/moved")
        assert fetch(fetcher(host.netloc), f"http://{host.netloc}/moved") == [
            "The photo's host redirects too often: send the address where the photo is."
        ]
        assert len(host.requests) == 4


class TestLogins:
    """Users and passwords in addresses."""

    @staticmethod
    def logins(host: PhotoHost) -> list[str]:
        """The users and passwords that the host got, per request; empty if none."""
        headers = [request.partition("\r\nAuthorization: Basic ")[2].partition("\r\n")[0] for request in host.requests]
        return [base64.b64decode(header).decode() for header in headers]

    def test_are_sent(self, host: PhotoHost) -> None:
        """They are sent as HTTP's Basic authentication, percent-decoded."""
        assert fetch(fetcher(host.netloc), f"http://user:p%40ss%3A@{host.netloc}/a.jpg") == [PHOTO]
        assert self.logins(host) == ["user:p@ss:"]

    def test_follow_redirects_on_their_host_alone(self, host: PhotoHost) -> None:
        """They are sent again to the same host and port, and never to another."""
        with photo_host("127.0.0.2") as other:
            host.answers["/moved"] = redirect(f"http://{host.netloc}/further")
            host.answers["/further"] = redirect(f"http://{other.netloc}/a.jpg")
            other.answers["/a.jpg"] = ok(PHOTO)
            assert fetch(fetcher(host.netloc, other.netloc), f"http://user:pass@{host.netloc}/moved") == [PHOTO]
            assert self.logins(host) == ["user:pass", "user:pass"]
            assert self.logins(other) == [""]

    def test_cookies_are_not_kept(self, host: PhotoHost) -> None:
        """A cookie is sent neither after a redirect nor for another photo, of the same request or the next."""
        host.answers["/a.jpg"] = ok(PHOTO, "Set-Cookie: session=1")
        host.answers["/moved"] = b"HTTP/1.1 302 Found\r\nSet-Cookie: session=2\r\nLocation: /a.jpg\r\n\r\n"
        ours = fetcher(host.netloc)
        for _ in range(2):
            addresses = [f"http://{host.netloc}/{path}" for path in ("moved", *(f"a.jpg?{n}" for n in range(20)))]
            assert fetch(ours, *addresses) == [PHOTO] * 21
        assert not any("Cookie" in request for request in host.requests)
