"""What migrate finds before it changes anything."""

from typing import NamedTuple


class Outlook(NamedTuple):
    """changes: what migrate would do, a line each; notes: what it leaves as it is, though asked."""

    changes: list[str]
    notes: list[str]
