"""Checks callers' API tokens, and knows their owners."""

from web.tokens.challenge import Challenge
from web.tokens.check import TokenCheck
from web.tokens.token import TokenError
from web.tokens.tokens import Tokens

__all__ = ["Challenge", "TokenCheck", "TokenError", "Tokens"]
