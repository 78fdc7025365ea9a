"""Takes whole files of accounts into SQLite (the protocol of `accounts.store`)."""

import itertools
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.errors import StoreUnavailable
from getme_server.accounts.store import ImportCount
from getme_server.stores.location import SqliteLocation
from getme_server.stores.sqlite.connections import open_database
from getme_server.stores.sqlite.schema import require_current

_BUSY_MILLISECONDS = 10_000  # a server may be writing
# Keys are random, so that all of the tree is in use: with SQLite's usual 2 MiB a row takes 12 us of
# CPU time, with these 9.
_CACHE_KIB = 32_768

_ADD_USER = (
    "INSERT INTO users"
    " (userid, firstname, lastname, email, account_status, created_date, last_login_date)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_ADD_CREDENTIALS = (
    "INSERT INTO user_credentials (email, password, userid, account_locked)"
    " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
)


class SqliteImportStore:
    """Adds a whole file in one transaction: all of it is there, or nothing."""

    def __init__(self, location: SqliteLocation) -> None:
        """Raises StoreNotReady."""
        require_current(location)
        self._database = open_database(location)
        self._database.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")

    def add_accounts(self, accounts: Iterable[Account]) -> ImportCount:
        """Adds those whose user_id is not there yet. Raises StoreUnavailable."""
        return self._add(_ADD_USER, map(_user_row, accounts))

    def add_credentials(self, credentials: Iterable[Credentials]) -> ImportCount:
        """Adds those whose email is not there yet. Raises StoreUnavailable."""
        return self._add(_ADD_CREDENTIALS, map(_credentials_row, credentials))

    def close(self) -> None:
        """Closes the connection."""
        self._database.close()

    def _add(self, sql: str, rows: Iterator[tuple[Any, ...]]) -> ImportCount:
        counter = itertools.count()
        try:
            self._database.execute("BEGIN IMMEDIATE")
            with self._database:
                numbered = (row for row, _ in zip(rows, counter, strict=False))
                added = self._database.executemany(sql, numbered).rowcount
        except sqlite3.Error as refused:
            raise StoreUnavailable(f"{type(refused).__name__}: {refused}") from refused
        return ImportCount(added=added, kept=next(counter) - added)


def _user_row(account: Account) -> tuple[Any, ...]:
    """The row of an account; a null is an empty text to the rules, and a null to the store."""
    user_id, firstname, lastname, email, account_status, created_date, last_login_date = account
    return (
        str(user_id),
        firstname or None,
        lastname or None,
        email or None,
        account_status or None,
        created_date,
        last_login_date,
    )


def _credentials_row(credentials: Credentials) -> tuple[Any, ...]:
    email, password, user_id, account_locked = credentials
    return email, password or None, str(user_id), account_locked
