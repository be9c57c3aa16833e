"""The header Host, by which proxies and applications route: RFC 9112, section 3.2."""

import re
from collections.abc import Iterable

HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(:\d*)?", re.ASCII)


def has_valid_host(headers: Iterable[tuple[bytes, bytes]], version: tuple[int, int]) -> bool:
    """True if a request has one valid Host; HTTP/1.0 needs none."""
    hosts = [value for name, value in headers if name == b"host"]
    if not hosts:
        return version < (1, 1)
    return len(hosts) == 1 and bool(HOST.fullmatch(hosts[0]))
