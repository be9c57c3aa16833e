"""The accepted tokens."""

import hmac
from collections.abc import Sequence
from pathlib import Path

from web import record
from web.tokens.file import TokenFile
from web.tokens.token import Token, TokenError, digest_of


class Tokens:
    """The operator's tokens; with none, the service is open."""

    def __init__(self, tokens: Sequence[Token] = (), file: TokenFile | None = None) -> None:
        self._tokens = tokens
        self._file = file

    @classmethod
    def read(cls, entries: str, path: str, names: tuple[str, str] = ("TOKENS", "TOKENS_FILE")) -> "Tokens":
        """Reads the tokens in the settings.

        Args:
            entries: comma-separated tokens.
            path: of a file with more; empty for none.
            names: the two settings' names, for messages.

        Raises:
            TokenError: they cannot be used. A setting without a token never opens the service.
        """
        try:
            tokens = [Token.parse(entry.strip()) for entry in entries.split(",") if entry.strip()]
        except TokenError as error:
            raise TokenError(f"{names[0]} {error}") from None
        if entries and not tokens:
            raise TokenError(f"{names[0]} has no token: write one, or leave it empty.")
        try:
            file = TokenFile(Path(path), names[1]) if path else None
        except TokenError as error:
            raise TokenError(f"{names[1]} {error}") from None
        return cls(tokens, file)

    @property
    def required(self) -> bool:
        """True if a token is needed."""
        return bool(self._tokens or self._file)

    def accepts(self, sent: bytes) -> bool:
        """True if a token is accepted; the request's log line will name it."""
        if not self.required:
            return True
        digest = digest_of(sent)
        accepted = [*self._tokens, *(self._file.tokens if self._file else ())]
        # Compares all of them, in constant time, whichever matches.
        names = [token.name for token in accepted if hmac.compare_digest(token.digest, digest)]
        if names:
            record.current().token = names[0]
        return bool(names)
