"""The server's rules for connections."""

from dataclasses import dataclass

from web.gate import Gate


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """The rules for connections.

    Attributes:
        gate: refuses requests; None to refuse none.
        header_seconds: time for the first request of a connection.
        unread_seconds: time within which a client must read on.
        has_pages: True if pages of other origins may call, which see a refusal only if the application writes it.
    """

    gate: Gate | None = None
    header_seconds: float = 10.0
    unread_seconds: float = 30.0
    has_pages: bool = False
