"""The error that ends a run."""


class RunError(Exception):
    """The run cannot begin or go on; the message is a sentence for its user."""
