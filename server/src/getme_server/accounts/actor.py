"""Who changes the account of somebody else, and in which call."""

from typing import NamedTuple

from getme_server.accounts.origin import Origin

OPERATOR = "operator"  # whoever may run commands; who that was is known to the machine, not to us


class Actor(NamedTuple):
    """A moderator or the operator. by: the moderator's user ID, or OPERATOR."""

    by: str
    origin: Origin
