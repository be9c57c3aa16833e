"""The error for a contract that cannot be served."""


class ContractError(RuntimeError):
    """The contract cannot be served; the message names the place in it, and says why."""
