"""Keeps new connections out of a service that is about to end, since no one would serve them.

The kernel accepts connections for a listening socket by itself, and resets those that no process has taken when the
last one closes it. A filter on the socket, which needs no privileges, drops their first packets instead: clients repeat
them after a second, and are then refused, or reach the service that has taken over.
"""

import ctypes
import socket
import struct
import sys
from contextlib import suppress
from typing import Any

SO_ATTACH_FILTER = 26  # of setsockopt, from linux/socket.h
INSTRUCTION = struct.Struct("HBBI")  # sock_filter, from linux/filter.h: the operation, two jumps, a number
FILTER = b"".join(
    INSTRUCTION.pack(*instruction)
    for instruction in (
        (0x30, 0, 0, 13),  # loads the flags of the TCP header
        (0x54, 0, 0, 0x12),  # keeps SYN and ACK
        (0x15, 0, 1, 0x02),  # if there is SYN alone, goes on; else, skips one
        (0x06, 0, 0, 0),  # drops the packet
        (0x06, 0, 0, 0xFFFFFFFF),  # lets the whole packet pass
    )
)


def keep_out(listener: socket.socket) -> None:
    """Has the kernel ignore new connections; those that have begun are completed. Linux only.

    All processes that share the socket are affected.
    """
    if not sys.platform.startswith("linux"):
        return
    code = ctypes.create_string_buffer(FILTER)
    program = struct.pack("HP", len(FILTER) // INSTRUCTION.size, ctypes.addressof(code))
    with suppress(OSError):  # a kernel, or a sandbox, without such filters
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def keep_out_at_the_end(server: Any) -> None:
    """Has gunicorn's master keep newcomers out before it stops its workers.

    A reload keeps the listening sockets, and so does a master whose sockets another master or systemd has, too: their
    connections are served by others.

    Args:
        server: gunicorn's Arbiter, which has no hook for the moment.
    """
    stop = server.stop

    def keep_out_and_stop(graceful: bool = True) -> None:
        if server.reexec_pid == server.master_pid == 0 and not server.systemd:
            for listener in server.LISTENERS:
                keep_out(listener.sock)
        stop(graceful)

    server.stop = keep_out_and_stop
