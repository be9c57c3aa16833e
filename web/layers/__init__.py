"""The layers that a request passes before it is routed, each an ASGI middleware."""
