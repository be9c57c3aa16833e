"""Resolves host names to IP addresses."""

import asyncio
import socket
import threading
from contextlib import suppress
from ipaddress import ip_address

import anyio

from web.fetching.networks import IPAddress

SECONDS = 5
MAX_THREADS = 128  # twice the fetches at a time, since threads may hang in lookups that were given up

_threads = threading.BoundedSemaphore(MAX_THREADS)


async def look_up(host: str) -> list[IPAddress]:
    """The addresses of a host from the system's resolver, in the order in which to try them.

    Each lookup has a thread of its own, since it may hang beyond any time limit and would fill up a pool. The threads
    are daemons, so that a hanging one never keeps the process from stopping.

    Raises:
        OSError: there are none, or they did not come in time.
    """
    with suppress(ValueError):
        return [ip_address(host)]
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[IPAddress]] = loop.create_future()

    def finish(addresses: list[IPAddress], error: OSError | None) -> None:
        if answer.done():  # given up
            return
        if error:
            answer.set_exception(error)
        else:
            answer.set_result(addresses)

    def run() -> None:
        try:
            found, error = _addresses(host), None
        except (OSError, UnicodeError) as failure:
            found, error = [], OSError(str(failure))
        finally:
            _threads.release()
        with suppress(RuntimeError):  # the event loop has stopped
            loop.call_soon_threadsafe(finish, found, error)

    if not _threads.acquire(blocking=False):
        raise OSError("Too many lookups hang.")
    threading.Thread(target=run, name="lookup", daemon=True).start()
    with anyio.fail_after(SECONDS):
        return await answer


def _addresses(host: str) -> list[IPAddress]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(sockaddr[0]) for *_, sockaddr in found))
