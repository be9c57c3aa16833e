"""Gunicorn's configuration: run `python serve.py`, or bare `gunicorn` in this folder.

See https://docs.gunicorn.org/en/stable/settings.html.
"""

import gc
import math
import os
from contextlib import suppress
from typing import Any

from process import give_back, keep_freed, raise_descriptor_limit, usable_cpus
from web.server.machine import MachineError, check, check_limits
from web.server.start import prepare
from web.server.threads import check_threads

try:
    prepare()
    check_limits()  # before libraries need memory
    check_threads(usable_cpus())  # before libraries start theirs
except MachineError as error:
    raise SystemExit(f"\nError: {error}") from None  # gunicorn would print any other exception's traceback

import uvloop  # noqa: F401 - gunicorn's event loop; loaded here so that the workers share it
from gunicorn.errors import HaltServer

from settings import Settings, SettingsError
from web.logs import FORMAT
from web.metrics.folder import share_folder
from web.server.endings import ENDINGS, SENTENCE
from web.server.newcomers import keep_out_at_the_end
from web.server.reloading import keep_last_configuration

raise_descriptor_limit()
try:
    _settings = Settings.read()
    check(_settings.host, _settings.port)
except (SettingsError, MachineError) as error:
    raise SystemExit(f"\nError: {error}") from None

wsgi_app = "app:create_app()"
_metrics_folder = share_folder() if _settings.metrics != "off" else None
worker_class = "web.server.worker.Worker"
_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host  # IPv6
bind = f"{_host}:{_settings.port}"
workers = _settings.worker_count()

keep_freed()

# The contract, the code and the models' bytes are loaded once and shared. Workers build interpreters on demand.
preload_app = True


def when_ready(server: Any) -> None:
    """Logs the service's address, which redirects to the contract's base path if it has one."""
    keep_out_at_the_end(server)
    keep_last_configuration(server)
    host = {"0.0.0.0": "localhost", "[::]": "localhost"}.get(_host, _host)  # noqa: S104 - compared, not bound
    server.log.info("Try it in a browser: http://%s:%s/", host, _settings.port)


def on_reload(server: Any) -> None:
    """Rebuilds the application for the workers that start after a SIGHUP, because gunicorn would keep it.

    If it cannot be built, the log says why, and the new workers serve the old application.
    """
    ENDINGS.forget()
    gc.unfreeze()
    try:
        server.app.callable = server.app.load()
    except Exception as error:  # noqa: BLE001 - the service goes on in any case
        server.log.error("%s The service goes on as it was.", str(error).strip())  # noqa: TRY400 - it says all


def pre_request(_worker: object, _request: object) -> None:
    """Replaces gunicorn's own hook, which logs each target, secrets included, at the level debug."""


def pre_fork(_server: object, worker: object) -> None:
    """Keeps Python's garbage collector off loaded objects: it would write to them, so that each worker copied them.

    After thousands of photos, that saves 18 MB with one worker, 35 with two. Also returns memory from loading.
    """
    gc.freeze()
    give_back()
    ENDINGS.start(worker)


def post_worker_init(worker: Any) -> None:
    """Makes each worker return free memory once no more photos come."""
    worker.when_quiet = give_back


def child_exit(server: Any, worker: Any) -> None:
    """Removes an ended worker's load, but keeps its counts; stops the service if workers end as soon as they start."""
    if _metrics_folder is not None:
        # Imported late: prometheus-client looks for the folder when it is imported.
        from web.metrics.ended import forget_load, merge_ended  # noqa: PLC0415

        with suppress(OSError, RuntimeError):  # such as a folder that someone has removed; the service goes on
            forget_load(worker.pid)
            merge_ended(_metrics_folder, {os.getpid(), *server.WORKERS})
    metrics = getattr(server.app.callable, "metrics", None)
    if metrics is not None and not worker.was_told_to_stop:
        metrics.count_death()
    if ENDINGS.end(worker):
        server.log.error(SENTENCE)
        raise HaltServer("Workers cannot live.", 1)


control_socket_disable = True  # it would be written to a home that may be read-only

# Bytes, gunicorn's maximum. With its default, half of that, a label and a model of 255 emoji do not fit into a query.
limit_request_line = 8190

timeout = max(60, math.ceil(_settings.body_seconds) + 5)  # it also ends the wait for a body
asgi_disconnect_grace_period = 0  # a request whose client has left is dropped at once
graceful_timeout = 30
keepalive = _settings.keep_alive_seconds

# One format for gunicorn's lines and the service's own; one line per request, with its id.
accesslog = "-"
access_log_format = FORMAT
_proxies = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")  # gunicorn's variable, and its default
_level = _settings.log_level.upper()
logconfig_dict = {
    "formatters": {
        "line": {"()": "web.logs.JsonLines" if _settings.log_format == "json" else "web.logs.TextLines"},
    },
    "filters": {"request": {"()": "web.logs.RequestLines", "proxies": _proxies}},
    "handlers": {
        "console": {"class": "web.server.standard_error.StandardErrorHandler", "formatter": "line"},
    },
    "root": {"level": _level, "handlers": ["console"]},
    "loggers": {
        "gunicorn.error": {"level": _level, "handlers": ["console"], "propagate": False},
        "gunicorn.access": {"level": _level, "handlers": ["console"], "filters": ["request"], "propagate": False},
        # These would add a line to some requests.
        "connexion": {"level": "ERROR"},
        "httpcore": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        # It would add a line for each attempt to reach a collector that does not answer.
        "opentelemetry.exporter.otlp.proto.http.trace_exporter": {"level": "ERROR"},
    },
}
