"""Resolves host names to IP addresses."""

import asyncio
import socket
import threading
from concurrent.futures import Future
from contextlib import suppress
from ipaddress import ip_address

import anyio

from web.fetching.networks import IPAddress

SECONDS = 5
MAX_THREADS = 512  # twice the fetches at a time, since threads may hang in lookups that were given up

_running: dict[str, Future[list[IPAddress]]] = {}  # by name


async def look_up(host: str) -> list[IPAddress]:
    """The addresses of a host from the system's resolver, in the order in which to try them.

    Concurrent lookups of a name share a thread, so that a name whose lookups hang leaves threads for the others.

    Raises:
        OSError: there are none, or they did not come in time.
    """
    with suppress(ValueError):
        return [ip_address(host)]
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def wake(_: object) -> None:
        with suppress(RuntimeError):  # the event loop has stopped
            loop.call_soon_threadsafe(done.set)

    running = _running.get(host) or _start(host)
    running.add_done_callback(wake)
    with anyio.fail_after(SECONDS):
        await done.wait()
    return running.result()


def _start(host: str) -> Future[list[IPAddress]]:
    """Starts a lookup in a thread of its own, since it may hang beyond any time limit and would fill up a pool.

    The threads are daemons, so that a hanging one never keeps the process from stopping.
    """
    if len(_running) >= MAX_THREADS:
        raise OSError("Too many lookups hang.")
    running = _running[host] = Future()
    try:
        threading.Thread(target=_run, args=(host, running), name="lookup", daemon=True).start()
    except RuntimeError as error:
        del _running[host]
        raise OSError("No thread can be started.") from error
    return running


def _run(host: str, running: Future[list[IPAddress]]) -> None:
    try:
        addresses = _addresses(host)
    except (OSError, UnicodeError) as failure:
        del _running[host]
        running.set_exception(OSError(str(failure)))
    else:
        del _running[host]
        running.set_result(addresses)


def _addresses(host: str) -> list[IPAddress]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(sockaddr[0]) for *_, sockaddr in found))
