"""Pictures from other hosts, for requests that send an address instead of a picture."""

from urllib.parse import urlsplit

import httpx

from web.problems import Refusal

SECONDS = 10


class Fetcher:
    """Gets pictures from the hosts that the operator allows, and from no other: an address is not to be trusted."""

    def __init__(self, hosts: frozenset[str], max_bytes: int) -> None:
        """Limits for what is fetched.

        Args:
            hosts: in lower case, with a port where it is not the scheme's own; none switches fetching off.
            max_bytes: largest picture.
        """
        self._hosts = hosts
        self._max_bytes = max_bytes

    def fetch(self, uri: str) -> bytes:
        """The bytes at an address.

        Raises:
            Refusal: fetching is off, the host is not allowed, or the picture did not come.
        """
        if not self._hosts:
            raise Refusal(422, "This server fetches no pictures: send the picture itself, as content.")
        if not self._allowed(uri):
            raise Refusal(422, "This server does not fetch from this address: send the picture itself, as content.")
        try:
            with httpx.stream("GET", uri, timeout=SECONDS, follow_redirects=False) as response:
                if response.status_code != httpx.codes.OK:
                    raise Refusal(422, "The picture's host did not answer with a picture: check the address.")
                picture = bytearray()
                for chunk in response.iter_bytes():
                    picture += chunk
                    if len(picture) > self._max_bytes:
                        raise Refusal(422, f"The picture at this address is larger than {self._max_bytes} bytes.")
                return bytes(picture)
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Refusal(422, "The picture's host could not be reached: check the address, or try again.") from None

    def _allowed(self, uri: str) -> bool:
        try:
            address = urlsplit(uri)
            return address.scheme in ("http", "https") and address.netloc.lower() in self._hosts
        except ValueError:
            return False
