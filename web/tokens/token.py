"""Parses tokens as the operator writes them."""

import hashlib
import re
from dataclasses import dataclass

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
SHA256 = re.compile(r"sha256:([0-9A-Fa-f]{64})")
UNNAMED = "unnamed"


class TokenError(ValueError):
    """Tokens cannot be used; the message lacks its subject, the name of their setting."""


@dataclass(frozen=True, slots=True)
class Token:
    """An accepted token.

    Attributes:
        name: its owner, for the log.
        digest: its SHA-256; the token itself is not kept.
    """

    name: str
    digest: bytes

    @classmethod
    def parse(cls, entry: str) -> "Token":
        """Parses `TOKEN` or `NAME:TOKEN`; `sha256:` and 64 hexadecimal digits may replace the token.

        Raises:
            TokenError: the name has invalid characters, or the token is missing.
        """
        name, separator, secret = (part.strip() for part in entry.partition(":"))
        if not separator or SHA256.fullmatch(entry):
            name, secret = UNNAMED, entry
        if not NAME.fullmatch(name):
            raise TokenError(
                "has a token with a colon but no name: write NAME:TOKEN, with letters, digits, '.', '_', '-'."
            )
        if not secret:
            raise TokenError("has a name without a token: write NAME:TOKEN.")
        hashed = SHA256.fullmatch(secret)
        digest = bytes.fromhex(hashed[1]) if hashed else digest_of(to_bytes(secret))
        if digest in NOTHING:
            raise TokenError("has the hash of nothing: hash a token.")
        return cls(name, digest)


def to_bytes(secret: str) -> bytes:
    """The bytes of a token as it is sent.

    Raises:
        TokenError: it is not text.
    """
    try:
        return secret.encode()
    except UnicodeEncodeError:  # the environment has bytes that are not UTF-8
        raise TokenError("has a token that is not UTF-8.") from None


def digest_of(secret: bytes) -> bytes:
    """The SHA-256 of a token."""
    return hashlib.sha256(secret).digest()


# Of no text and of blanks, as tools hash an unset variable. A request without a token would fit the first.
NOTHING = frozenset(map(digest_of, (b"", b" ", b"\n", b"\r\n")))
