"""Tells the operator which photos were not fetched: the caller may not learn all about that."""

import logging
from collections import Counter
from collections.abc import Mapping

import httpx

from web import record
from web.fetching.photos import Outcome
from web.fetching.refusals import Unfetchable

MAX_HOSTS = 5  # in a line
MAX_CAUSE = 200  # characters

logger = logging.getLogger(__name__)


def log_unfetched(outcomes: Mapping[str, Outcome]) -> None:
    """Logs the hosts whose photos were not fetched, and why, in one line for a request."""
    causes = Counter(
        (named_host(address), outcome.cause[:MAX_CAUSE])
        for address, outcome in outcomes.items()
        if isinstance(outcome, Unfetchable)
    )
    if causes:
        told = "; ".join(f"{host}, {count}: {cause}" for (host, cause), count in causes.most_common(MAX_HOSTS))
        more = "; …" if len(causes) > MAX_HOSTS else ""
        logger.info("request %s: photos were not fetched from %s%s", record.current().id, told, more)


def named_host(address: str) -> str:
    """The host and the port that an address names, without user and password; `-` if it cannot be read."""
    try:
        return httpx.URL(address).netloc.decode("ascii") or "-"
    except (httpx.InvalidURL, UnicodeError):
        return "-"
