"""How the service runs: `gunicorn`, without flags, in this folder. See https://docs.gunicorn.org/en/stable/settings.html."""

import warnings

from settings import Settings

# Starlette's test client, which connexion imports, announces its change of HTTP library; nothing to be done here.
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")

_settings = Settings.read()

wsgi_app = "app:create_app()"
worker_class = "asgi"
bind = f"{_settings.host}:{_settings.port}"
workers = _settings.worker_count()

# The contract, the code and the models' bytes are loaded once and shared; the workers build interpreters on demand.
preload_app = True

control_socket_disable = True  # it would be written to a home that may be read-only

timeout = 60
graceful_timeout = 30
keepalive = 75

accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)sB %(M)sms %({x-request-id}o)s'
loglevel = _settings.log_level
