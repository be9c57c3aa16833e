"""Callers' API tokens: which are accepted, and whose they are."""

from web.tokens.check import CHALLENGE, TokenCheck
from web.tokens.token import TokenError
from web.tokens.tokens import Tokens

__all__ = ["CHALLENGE", "TokenCheck", "TokenError", "Tokens"]
