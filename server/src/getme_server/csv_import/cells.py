"""What one cell may hold, by the kind of its column. An empty cell is a null.

Each function answers the value that the store keeps, or raises CellFault.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from getme_server.csv_import.faults import CellFault

MAX_EMAIL_CHARACTERS = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets

_CONTROL_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f]")
_UUID = re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DATE_EXAMPLES = "2025-04-29T03:55:08.964Z or 2025-04-29 03:55:08.964000+0000"
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False, "": False}

# The address as nearly everybody has it: a dot-atom (RFC 5322 section 3.2.3) at a host name
# (RFC 1123 section 2.1). email-validator takes 24 us for one, this takes 1 us; it is asked about
# all that looks different, such as international addresses. It would refuse special domains
# (.test, .local, localhost), which real clusters hold; whether mail arrives is not our question.
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_USUAL_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


def user_id(cell: str) -> UUID:
    """A UUID in its canonical form, in either case."""
    if _UUID.fullmatch(cell) is None:
        raise CellFault("must be a UUID such as 7777b733-a6b8-47e7-83ad-bc2739ae9954")
    return UUID(cell)


def milliseconds(cell: str) -> int | None:
    """Milliseconds since 1970 in UTC of a date in ISO 8601, or as cqlsh writes it."""
    if not cell:
        return None
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError as malformed:
        raise CellFault(
            f"must be a date and time such as {_DATE_EXAMPLES}, or empty"
        ) from malformed
    if moment.tzinfo is None:
        raise CellFault(f"must have a time zone, as in {_DATE_EXAMPLES}")
    return (moment - _EPOCH) // _MILLISECOND


def text(max_characters: int) -> Callable[[str], str]:
    """Answers a reader of text of at most so many characters."""

    def read(cell: str) -> str:
        if len(cell) > max_characters:
            raise CellFault(f"must have at most {max_characters} characters, and has {len(cell)}")
        # isprintable takes a tenth of the search's time, and is False for a few harmless spaces
        if not cell.isprintable() and _CONTROL_CHARACTER.search(cell):
            raise CellFault("must have no control characters, such as line ends or tabs")
        return cell

    return read


def email(cell: str) -> str:
    """An address, kept as it is written; "" where the cell is empty."""
    if len(cell) > MAX_EMAIL_CHARACTERS:
        raise CellFault(f"must have at most {MAX_EMAIL_CHARACTERS} characters, and has {len(cell)}")
    if cell and _USUAL_EMAIL.fullmatch(cell) is None:
        try:
            validate_email(cell, check_deliverability=False, globally_deliverable=False)
        except EmailNotValidError:  # its text may quote the address, so it is not chained
            raise CellFault("must be an e-mail address such as ada@example.org") from None
    return cell


def required_email(cell: str) -> str:
    """An address, kept as it is written."""
    if not cell:
        raise CellFault("must be an e-mail address such as ada@example.org, and is empty")
    return email(cell)


def boolean(cell: str) -> bool:
    """True or false in either case, 1 or 0; False where the cell is empty."""
    value = _BOOLEANS.get(cell.lower())
    if value is None:
        raise CellFault("must be true or false")
    return value
