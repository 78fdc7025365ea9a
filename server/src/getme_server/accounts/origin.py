"""Where a call comes from, as far as anybody can say."""

from typing import NamedTuple


class Origin(NamedTuple):
    """The network and program that a call came from.

    request_id: finds the call in the logs. address: of the client, as `client_address` found it.
    user_agent: what the client calls itself, one line of at most 256 characters; both may be
    empty. Nothing is decided by user_agent.
    """

    request_id: str
    address: str
    user_agent: str
