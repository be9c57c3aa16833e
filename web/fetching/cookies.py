"""Keeps no cookies."""

from http.cookiejar import CookieJar
from typing import Any


class NoCookies(CookieJar):
    """Ignores the cookies of answers.

    A photo's host should not learn that two fetches belong together, and parsing thousands of cookies takes long.
    """

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Does nothing; see CookieJar."""
