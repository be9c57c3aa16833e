"""Hosts that speak TLS: their names and the authorities that vouch for them."""

import socket
import ssl
from collections.abc import Iterator

import pytest
import trustme

from tests.support.fetching import fetch, fetcher, resolve
from tests.support.photo_host import PhotoHost, ok, photo_host
from tests.unit.web.fetching.conftest import PHOTO
from web.fetching import transport

UNREACHABLE = "The photo's host could not be reached: check the address, or try again."


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the service trust the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr(transport, "tls", lambda: context)


@pytest.fixture
def tls_host(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PhotoHost, list[str]]]:
    """A host with a certificate for photos.example, also at the address of other.example; and the requested names."""
    resolve(monkeypatch, ["127.0.0.1"])
    asked: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("photos.example").configure_cert(context)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with photo_host(tls=context) as host:
        host.answers["/a.jpg"] = ok(PHOTO)
        yield host, asked


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("name", ["photos.example", "PHOTOS.EXAMPLE."])
def test_asks_for_the_name(tls_host: tuple[PhotoHost, list[str]], name: str) -> None:
    """The connection goes to an IP address, but the host is asked for its name and must prove it."""
    host, asked = tls_host
    assert fetch(fetcher(f"photos.example:{host.port}"), f"https://{name}:{host.port}/a.jpg") == [PHOTO]
    assert asked == ["photos.example"]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("name", ["other.example", "127.0.0.1"])
def test_refuses_certificates_for_other_names(tls_host: tuple[PhotoHost, list[str]], name: str) -> None:
    """A host that cannot prove its name gets no request, even right after one for a name that it can prove."""
    host, _ = tls_host
    ours = fetcher(f"photos.example:{host.port}", f"{name}:{host.port}")
    addresses = [f"https://{each}:{host.port}/a.jpg" for each in ("photos.example", name)]
    assert fetch(ours, *addresses) == [PHOTO, UNREACHABLE]
    assert len(host.requests) == 1


def test_refuses_certificates_of_unknown_authorities(tls_host: tuple[PhotoHost, list[str]]) -> None:
    """Only publicly trusted authorities are trusted."""
    host, _ = tls_host
    address = f"https://photos.example:{host.port}/a.jpg"
    assert fetch(fetcher(f"photos.example:{host.port}"), address) == [UNREACHABLE]
    assert host.requests == []


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\x17\x03\x03\x00\x20" + bytes(32), id="a record that cannot be decrypted"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nphoto", id="no TLS any more"),
        pytest.param(b"\x15\x03\x03\x00\x02\x02\x28", id="an alert"),
        pytest.param(b"\x17\x03\x03\xff\xff", id="half a record"),
    ],
)
def test_refuses_broken_tls(tls_host: tuple[PhotoHost, list[str]], garbage: bytes) -> None:
    """A host that stops speaking TLS after the handshake counts as broken off."""
    host, _ = tls_host

    def break_off(connection: ssl.SSLSocket) -> None:
        with socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as plain:
            plain.sendall(garbage)

    host.answers["/broken"] = break_off
    [outcome] = fetch(fetcher(f"photos.example:{host.port}"), f"https://photos.example:{host.port}/broken")
    assert outcome == "The photo's host broke off, or did not speak HTTP: check the address, or try again."
