"""The two files that can be imported, in the columns of KillrVideo's tables."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

from getme_server.accounts.account import Account, Credentials
from getme_server.csv_import.cells import (
    boolean,
    email,
    milliseconds,
    required_email,
    text,
    user_id,
)
from getme_server.csv_import.password_cells import password

MAX_NAME_CHARACTERS = 256
MAX_STATUS_CHARACTERS = 64

Record = TypeVar("Record", Account, Credentials)


@dataclass(frozen=True)
class Format(Generic[Record]):
    """One kind of file.

    columns: how each cell is read, in the order of the record's fields. make: the record of these
    values. key_column: the one whose value no two rows share. key: that value of a record, as
    something that SQLite can compare.
    """

    name: str
    columns: Mapping[str, Callable[[str], Any]]
    make: Callable[[Iterable[Any]], Record]
    key_column: str
    key: Callable[[Record], bytes | str]


USERS: Format[Account] = Format(
    name="users",
    columns={
        "userid": user_id,
        "firstname": text(MAX_NAME_CHARACTERS),
        "lastname": text(MAX_NAME_CHARACTERS),
        "email": email,
        "account_status": text(MAX_STATUS_CHARACTERS),
        "created_date": milliseconds,
        "last_login_date": milliseconds,
    },
    make=Account._make,
    key_column="userid",
    key=attrgetter("user_id.bytes"),
)

CREDENTIALS: Format[Credentials] = Format(
    name="credentials",
    columns={
        "email": required_email,
        "password": password,
        "userid": user_id,
        "account_locked": boolean,
    },
    make=Credentials._make,
    key_column="email",
    key=attrgetter("email"),
)
