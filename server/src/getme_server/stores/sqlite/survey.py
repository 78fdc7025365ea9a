"""What a database file tells of itself, beyond what calls ask. Changes nothing."""

import sqlite3
import stat
from pathlib import Path
from uuid import UUID

from getme_server.stores.errors import StoreNotReady
from getme_server.stores.facts import MAX_REMOVALS, StoreFacts
from getme_server.stores.location import SqliteLocation
from getme_server.stores.sqlite.connections import open_database
from getme_server.stores.sqlite.schema import MIGRATIONS, pending

_NAMES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'index')"
_REMOVALS = "SELECT userid FROM getme_removals LIMIT ?"


def survey(location: SqliteLocation) -> StoreFacts:
    """Raises StoreNotReady."""
    changes = pending(location).changes
    path = Path(location.path)
    database = open_database(location)
    try:
        missing = sorted(_names_when_made() - _names(database))
        removals = []
        if "getme_removals" not in missing:
            rows = database.execute(_REMOVALS, (MAX_REMOVALS,))
            removals = [UUID(user_id) for (user_id,) in rows]
    except sqlite3.Error as failed:
        raise StoreNotReady(f"{path} cannot be read: {failed}") from failed
    finally:
        database.close()
    is_open = bool(path.stat().st_mode & stat.S_IRWXO)
    return StoreFacts(changes, missing, removals, str(path) if is_open else None, cluster=None)


def _names_when_made() -> set[str]:
    """Those of all tables and indexes that the migrations leave."""
    fresh = sqlite3.connect(":memory:")
    try:
        for statements in MIGRATIONS:
            for statement in statements:
                fresh.execute(statement)
        return _names(fresh)
    finally:
        fresh.close()


def _names(database: sqlite3.Connection) -> set[str]:
    return {name for (name,) in database.execute(_NAMES) if not name.startswith("sqlite_")}
