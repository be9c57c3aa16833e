"""A contract without a service: examples for answers."""
