"""How the service runs: `gunicorn`, without flags, in this folder. See https://docs.gunicorn.org/en/stable/settings.html."""

import warnings

from settings import Settings, SettingsError

# Starlette's test client, which connexion imports, announces its change of HTTP library; nothing to be done here.
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")

try:
    _settings = Settings.read()
except SettingsError as error:
    raise SystemExit(f"\nError: {error}") from None  # gunicorn would print any other exception's traceback

wsgi_app = "app:create_app()"
worker_class = "asgi"
_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host  # IPv6
bind = f"{_host}:{_settings.port}"
workers = _settings.worker_count()

# The contract, the code and the models' bytes are loaded once and shared; the workers build interpreters on demand.
preload_app = True

control_socket_disable = True  # it would be written to a home that may be read-only

timeout = 60
graceful_timeout = 30
keepalive = 5  # seconds; gunicorn waits for idle connections too when it stops, and Docker kills what takes over ten

# One format for gunicorn's lines and the service's own; one line a request, with its id.
accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s B %(M)s ms %({x-request-id}o)s'
logconfig_dict = {
    "formatters": {
        "line": {"format": "%(asctime)s [%(process)d] %(levelname)s %(message)s", "datefmt": "%Y-%m-%d %H:%M:%S %z"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"},
    },
    "root": {"level": _settings.log_level.upper(), "handlers": ["console"]},
    "loggers": {
        name: {"level": _settings.log_level.upper(), "handlers": ["console"], "propagate": False}
        for name in ("gunicorn.error", "gunicorn.access")
    }
    | {name: {"level": "WARNING"} for name in ("connexion", "httpx")},  # else they add a line to some requests
}
