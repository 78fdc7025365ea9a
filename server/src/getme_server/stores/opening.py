"""Opens the store that a location names; the only place that knows both kinds."""

from contextlib import AbstractContextManager, closing

from getme_server.accounts.store import AccountStore, ImportStore
from getme_server.stores.location import CassandraLocation, CassandraLogin, Location
from getme_server.stores.sqlite import schema as sqlite_schema
from getme_server.stores.sqlite.account_store import SqliteAccountStore
from getme_server.stores.sqlite.import_store import SqliteImportStore

# The driver takes a third of a second to import, and a server on SQLite needs none of it; so the
# modules for Cassandra are imported where a location names one.


def open_account_store(location: Location, login: CassandraLogin) -> AccountStore:
    """A store that is ready to answer. Raises StoreNotReady."""
    if isinstance(location, CassandraLocation):
        from getme_server.stores.cassandra.account_store import CassandraAccountStore  # noqa: PLC0415

        return CassandraAccountStore(location, login)
    return SqliteAccountStore(location)


def open_import_store(
    location: Location, login: CassandraLogin
) -> AbstractContextManager[ImportStore]:
    """A store that is ready to take files, closed at the end of `with`. Raises StoreNotReady."""
    if isinstance(location, CassandraLocation):
        from getme_server.stores.cassandra.import_store import CassandraImportStore  # noqa: PLC0415

        return closing(CassandraImportStore(location, login))
    return closing(SqliteImportStore(location))


def migrate(location: Location, login: CassandraLogin) -> list[str]:
    """Makes the tables that are missing; tells what was done. Raises StoreNotReady."""
    if isinstance(location, CassandraLocation):
        from getme_server.stores.cassandra import schema  # noqa: PLC0415

        return schema.migrate(location, login)
    return sqlite_schema.migrate(location)
