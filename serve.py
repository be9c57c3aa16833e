"""Checks the machine and the settings, which gunicorn and libraries read without checking, then runs gunicorn."""

import os
from ipaddress import ip_network
from pathlib import Path

from process import usable_cpus
from web.server.machine import MachineError, check_limits
from web.server.start import prepare
from web.server.threads import check_threads

try:
    os.chdir(Path(__file__).absolute().parent)  # where gunicorn looks for its configuration, and for the service
    prepare()
    check_limits()  # before libraries need memory
    check_threads(usable_cpus())  # before libraries start theirs
except MachineError as error:
    raise SystemExit(f"\nError: {error}") from None

from settings import Settings, SettingsError

WORKERS, PROXIES = "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS"


def check_proxies(proxies: str) -> None:
    """Checks the addresses and networks of trusted proxies, as gunicorn reads them.

    Raises:
        SettingsError: one is neither.
    """
    try:
        for proxy in proxies.split(","):
            if proxy and proxy.strip() != "*":
                ip_network(proxy.strip())
    except ValueError:
        raise SettingsError(
            f"{PROXIES} cannot be used: write addresses and networks as 10.0.0.7 or 10.0.0.0/8, with commas, or *."
        ) from None


def main() -> None:
    """Runs gunicorn with the arguments of this program."""
    try:
        Settings.read()
        check_proxies(os.environ.get(PROXIES, ""))
    except SettingsError as error:
        raise SystemExit(f"\nError: {error}") from None
    if not os.environ.get(WORKERS):
        os.environ.pop(WORKERS, None)  # empty counts as unset, but gunicorn would take it for a number

    from gunicorn.app.wsgiapp import run  # noqa: PLC0415 - importing it reads the variables

    run()


if __name__ == "__main__":
    main()
