"""Reads tokens from a file, which may change while the service runs."""

import logging
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from web.tokens.token import Token, TokenError

CHECK_SECONDS = 1
WRITE_SECONDS = 1  # after a change, for which a file may be half written
MAX_BYTES = 1_000_000
COMMENT = "#"

logger = logging.getLogger(__name__)


class NoTokens(TokenError):
    """A file is readable, but has no token."""


class TokenFile:
    """Tokens from a file, one per line; lines that start with # are comments.

    The file is read again at most once per second, when a token is checked. While it cannot be used, or is being
    written, the previous tokens stay accepted: half a file lacks tokens, and ends with half a token. If all tokens are
    removed from it, none is accepted.
    """

    def __init__(self, path: Path, name: str) -> None:
        """Reads the file.

        Args:
            path: the file's path.
            name: the setting's name, for the log.

        Raises:
            TokenError: it cannot be used.
        """
        self._path = path
        self._name = name
        self._tokens = self._seen = read(path)
        self._error = ""
        self._next_check = time.monotonic() + CHECK_SECONDS

    @property
    def tokens(self) -> Sequence[Token]:
        """The accepted tokens."""
        if time.monotonic() >= self._next_check:
            self._next_check = time.monotonic() + CHECK_SECONDS
            self._refresh()
        return self._tokens

    def _refresh(self) -> None:
        seen, self._seen = self._seen, ()
        try:
            tokens = self._seen = read(self._path)
        except NoTokens as error:
            if is_young(self._path):
                return
            if self._tokens:
                logger.error("%s %s Those that it held before are no longer accepted.", self._name, error)  # noqa: TRY400 - it says all
            self._tokens, self._error = (), ""
            return
        except TokenError as error:
            if self._error != str(error):
                logger.error("%s %s The tokens that it held before stay accepted.", self._name, error)  # noqa: TRY400 - it says all
            self._error = str(error)
            return
        if tokens not in (self._tokens, seen) and is_young(self._path):
            return
        if tokens != self._tokens:
            logger.info("%s has changed. Tokens in it that are accepted now: %d.", self._name, len(tokens))
        self._tokens, self._error = tokens, ""


def is_young(path: Path) -> bool:
    """True if a file has just been changed."""
    try:
        return 0 <= time.time() - path.stat().st_mtime < WRITE_SECONDS
    except OSError:
        return True


def read(path: Path) -> Sequence[Token]:
    """The tokens in a file.

    Raises:
        TokenError: it cannot be read, is not text, or has no token.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:  # a pipe would never end
            raise TokenError("names something other than a file of tokens.")
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError):
        raise TokenError("names a file that cannot be read as text.") from None
    tokens = [Token.parse(line) for line in lines if line and not line.startswith(COMMENT)]
    if not tokens:
        raise NoTokens("names a file without a token: write one per line.")
    return tokens
