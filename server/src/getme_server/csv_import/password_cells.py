"""What a password cell may hold: any hash, unless checking it would stall the server."""

from getme_server.csv_import.cells import text
from getme_server.csv_import.faults import CellFault
from getme_server.passwords.cost import excess

MAX_PASSWORD_CHARACTERS = 256

_short_text = text(MAX_PASSWORD_CHARACTERS)


def password(cell: str) -> str:
    """The hash as it is, known to getme or not. Raises CellFault if checking it costs too much."""
    stored = _short_text(cell)
    cheaper = excess(stored)
    if cheaper is not None:
        raise CellFault(f"must be {cheaper}")
    return stored
