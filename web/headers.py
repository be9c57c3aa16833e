"""Headers that responses have, whoever writes them: a layer, or the server by itself."""

REQUEST_ID = "X-Request-Id"
SECURITY = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin")]
POLICY = b"content-security-policy"
# For responses that are not pages, should a browser show one as a page. Pages have their own policies: web/pages.py.
NO_PAGE = b"default-src 'none'; frame-ancestors 'none'"
RETRY_AFTER = {"Retry-After": "1"}  # seconds
