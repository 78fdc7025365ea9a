"""What stops the start: a contract that this gateway cannot serve."""


class ContractError(Exception):
    """An annotation or message type that is not understood; the text says which and why."""
