"""Fetching photos in unit tests."""

import socket
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import anyio
import pytest

from web.admission import Admission, AdmissionLimits
from web.fetching import AllowedHosts, AllowedNetworks, Fetcher, Limits
from web.problems.problem import Refusal

LOOPBACK = ("127.0.0.0/8", "::1/128")


def fetcher(*hosts: str, networks: Sequence[str] = LOOPBACK, **limits: float) -> Fetcher:
    """A fetcher for some hosts, which may be in some networks."""
    allowed: dict[str, Any] = {"seconds": 5, "max_bytes": 100_000} | limits
    return Fetcher(AllowedHosts(hosts), AllowedNetworks(map(ip_network, networks)), Limits(**allowed))


async def outcomes(fetcher: Fetcher, *addresses: str, admission: Admission | None = None) -> list[bytes | str]:
    """The outcomes of the addresses in one request: photos, and the details of refusals."""
    claim = (admission or Admission(AdmissionLimits(at_once=1))).admit()
    fetched = await fetcher.fetch(addresses, claim)
    return [outcome.detail if isinstance(outcome, Refusal) else outcome for outcome in fetched.values()]


def fetch(fetcher: Fetcher, *addresses: str) -> list[bytes | str]:
    """Runs `outcomes` in its own event loop."""
    return anyio.run(outcomes, fetcher, *addresses)


def resolve(monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]) -> list[str]:
    """Makes lookups of names ending in .example return these addresses, one answer per lookup; returns the names."""
    asked: list[str] = []
    getaddrinfo = socket.getaddrinfo

    def look_up(name: str, *arguments: Any, **options: Any) -> list[Any]:
        if not str(name).endswith(".example"):
            return getaddrinfo(name, *arguments, **options)
        answer = answers[min(len(asked), len(answers) - 1)]
        asked.append(name)
        return [entry for address in answer for entry in getaddrinfo(address, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked
