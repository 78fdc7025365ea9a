"""The tables of KillrVideo and getme in SQLite, made step by step.

`PRAGMA user_version` counts the steps.
"""

import sqlite3
from pathlib import Path

from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import SqliteLocation
from getme_server.stores.outlook import Outlook
from getme_server.stores.sqlite.connections import create_database, open_database

# Each step is run once, in order, in one transaction; a step that was released never changes.
# Dates are milliseconds since 1970, as Cassandra's timestamp.
MIGRATIONS = (
    (
        """CREATE TABLE users (
            userid TEXT NOT NULL PRIMARY KEY, created_date INTEGER, email TEXT, firstname TEXT,
            lastname TEXT, account_status TEXT, last_login_date INTEGER
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE user_credentials (
            email TEXT NOT NULL PRIMARY KEY, password TEXT, userid TEXT, account_locked INTEGER
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE login_attempts (
            email TEXT NOT NULL PRIMARY KEY, failed_attempts INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID""",
    ),
    # Moments here are seconds since 1970, as they are in tokens; `expires` is null for never.
    (
        """CREATE TABLE getme_revoked_tokens (
            userid TEXT NOT NULL, revocation_key BLOB NOT NULL, expires REAL,
            PRIMARY KEY (userid, revocation_key)
        ) STRICT, WITHOUT ROWID""",
        """CREATE INDEX getme_revoked_tokens_expires ON getme_revoked_tokens (expires)
            WHERE expires IS NOT NULL""",
        """CREATE TABLE getme_revoked_users (
            userid TEXT NOT NULL PRIMARY KEY, issued_before REAL NOT NULL, expires REAL
        ) STRICT, WITHOUT ROWID""",
        """CREATE INDEX getme_revoked_users_expires ON getme_revoked_users (expires)
            WHERE expires IS NOT NULL""",
        # AUTOINCREMENT: a place is never given again, though its entry is deleted.
        """CREATE TABLE getme_revocation_log (
            position INTEGER PRIMARY KEY AUTOINCREMENT, userid TEXT NOT NULL, logged REAL NOT NULL
        ) STRICT""",
    ),
    (
        """CREATE TABLE getme_sessions (
            userid TEXT NOT NULL, sessionid TEXT NOT NULL, created REAL NOT NULL,
            ends REAL NOT NULL, last_used REAL NOT NULL, address TEXT NOT NULL,
            user_agent TEXT NOT NULL, generation INTEGER NOT NULL, secret_hash BLOB NOT NULL,
            previous_hash BLOB NOT NULL, salt BLOB NOT NULL, PRIMARY KEY (userid, sessionid)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX getme_sessions_ends ON getme_sessions (ends)",
        "CREATE TABLE getme_removals (userid TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID",
        """CREATE INDEX getme_moderators ON users (account_status)
            WHERE account_status = 'moderator'""",
    ),
    (
        "DROP TABLE getme_revocation_log",
        # AUTOINCREMENT: a position is never given again, though its entry is deleted.
        """CREATE TABLE getme_changes (
            position INTEGER PRIMARY KEY AUTOINCREMENT, userid TEXT NOT NULL, logged REAL NOT NULL
        ) STRICT""",
        # One row. Another file is another log, whose positions mean nothing in this one.
        "CREATE TABLE getme_change_log (logid TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID",
        "INSERT INTO getme_change_log (logid) VALUES (lower(hex(randomblob(8))))",
    ),
)


def migrate(location: SqliteLocation) -> list[str]:
    """Makes what is missing; tells what was done. Raises StoreNotReady."""
    database = create_database(location)
    done = []
    try:
        database.execute("PRAGMA busy_timeout = 10000")  # another migrate may be under way
        database.execute("BEGIN IMMEDIATE")
        version = _version(database)
        _require_known(location, version)
        for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
            for statement in statements:
                database.execute(statement)
            done.append(f"migration {number} applied to {location.path}")
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        database.execute("COMMIT")
    except sqlite3.Error as refused:
        raise StoreNotReady(f"cannot migrate {location.path}: {refused}") from refused
    finally:
        database.close()
    return done


def pending(location: SqliteLocation) -> Outlook:
    """What migrate would do; changes nothing. Raises StoreNotReady."""
    if Path(location.path).exists():
        changes, version = [], _known_version(location)
    else:
        changes, version = [f"database {location.path} would be made"], 0
    for number in range(version + 1, len(MIGRATIONS) + 1):
        changes.append(f"migration {number} would be applied to {location.path}")
    return Outlook(changes, notes=[])


def require_current(location: SqliteLocation) -> None:
    """Raises StoreNotReady unless the tables are there, naming the command that makes them."""
    version = _known_version(location)
    if version == 0:
        raise StoreNotReady(f"{location.path} lacks getme's tables; run: getme-server migrate")
    if version < len(MIGRATIONS):
        raise StoreNotReady(
            f"{location.path} was made by an older getme (version {version} of the tables;"
            f" this one needs {len(MIGRATIONS)}); run: getme-server migrate"
        )


def _known_version(location: SqliteLocation) -> int:
    database = open_database(location)
    try:
        version = _version(database)
    finally:
        database.close()
    _require_known(location, version)
    return version


def _require_known(location: SqliteLocation, version: int) -> None:
    if version > len(MIGRATIONS):
        raise StoreNotReady(
            f"{location.path} was made by a newer getme (version {version} of the tables;"
            f" this one knows {len(MIGRATIONS)}); install that version"
        )


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])
