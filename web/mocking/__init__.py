"""Serves a contract without a service, with examples for answers."""
