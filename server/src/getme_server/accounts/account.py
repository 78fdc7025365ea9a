"""An account as the store holds it."""

from typing import Any, NamedTuple
from uuid import UUID


class Account(NamedTuple):
    """A row of `users`. Text is never None: a null cell is an empty string.

    Dates are milliseconds since 1970 in UTC, as Cassandra keeps them, because a cell may hold a
    date that Python's datetime cannot; None where the cell is null. account_status is whatever
    the cell says, known or not.

    A tuple, because one is made for every read: a frozen dataclass costs four times as much.
    """

    user_id: UUID
    firstname: str
    lastname: str
    email: str
    account_status: str
    created_date: int | None
    last_login_date: int | None


def account_of_row(user_id: UUID, row: tuple[Any, ...]) -> Account:
    """The account in a row of `users`.

    row: firstname, lastname, email, account_status, created_date, last_login_date; any may be None.
    """
    firstname, lastname, email, account_status, created_date, last_login_date = row
    return Account(
        user_id,
        firstname or "",
        lastname or "",
        email or "",
        account_status or "",
        created_date,
        last_login_date,
    )


class Credentials(NamedTuple):
    """A row of `user_credentials`: what signs an account in."""

    email: str
    password: str
    user_id: UUID
    account_locked: bool
