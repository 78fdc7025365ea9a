"""Opens the stores that a location names; the only place that knows both kinds."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from functools import partial
from typing import NamedTuple
from uuid import UUID

import structlog

from getme_server.accounts.credential_store import CredentialStore
from getme_server.accounts.session_store import SessionStore
from getme_server.accounts.store import AccountStore, ImportStore
from getme_server.change_log import ChangeLog, OnChange
from getme_server.stores.availability import Availability
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.facts import StoreFacts
from getme_server.stores.location import (
    CassandraLocation,
    CassandraLogin,
    Location,
    SqliteLocation,
)
from getme_server.stores.observer import Observer
from getme_server.stores.outlook import Outlook
from getme_server.stores.sqlite import schema as sqlite_schema
from getme_server.stores.sqlite import survey as sqlite_survey
from getme_server.stores.sqlite.account_store import SqliteAccountStore
from getme_server.stores.sqlite.change_log import SqliteChangeLog
from getme_server.stores.sqlite.connections import Connections
from getme_server.stores.sqlite.credential_store import SqliteCredentialStore
from getme_server.stores.sqlite.import_store import SqliteImportStore
from getme_server.stores.sqlite.observed_connections import ObservedConnections
from getme_server.stores.sqlite.revocation_store import SqliteRevocationStore
from getme_server.stores.sqlite.schema import require_current
from getme_server.stores.sqlite.session_store import SqliteSessionStore
from getme_server.tokens.revocation import RevocationStore

# The driver takes a third of a second to import, and a server on SQLite needs none of it; so the
# modules for Cassandra are imported where a location names one.

SPECULATIVE_DELAY_SECONDS = 0.05

_log = structlog.get_logger()


class Stores(NamedTuple):
    """What a process keeps open.

    availability: what is known of the store's answers, shared by all. requests_in_flight: how many
    were sent to nodes that have not answered them. close: gives up the connections, which all share
    too.
    """

    accounts: AccountStore
    credentials: CredentialStore
    sessions: SessionStore
    revocations: RevocationStore
    changes: ChangeLog
    availability: Availability
    requests_in_flight: Callable[[], int]
    close: Callable[[], None]


def nobody_follows(_user_id: UUID) -> None:
    """For processes that remember no answers themselves."""


def open_stores(  # noqa: PLR0913  # what differs between those who open them
    location: Location,
    login: CassandraLogin,
    *,
    on_change: OnChange = nobody_follows,
    speculative_delay_seconds: float = SPECULATIVE_DELAY_SECONDS,
    may_be_away: bool = False,
    observer: Observer | None = None,
) -> Stores:
    """Stores that are ready to answer. Raises StoreNotReady.

    on_change: hears of each change that is made through them, before who made it does.
    speculative_delay_seconds: how long a node of Cassandra may take before a read is sent to the
    next one as well; 0: for ever. may_be_away: open them though nothing may answer yet, or the
    tables be missing; they answer once all is there. observer: sees the requests of calls.
    """
    availability = Availability(time.monotonic)
    if isinstance(location, CassandraLocation):
        stores, make_ready = _cassandra(
            location, login, availability, speculative_delay_seconds, on_change, observer
        )
    else:
        stores, make_ready = _sqlite(location, availability, on_change, observer)
    try:
        make_ready()
    except StoreNotReady as refused:
        if not may_be_away:
            stores.close()
            raise
        _log.warning("store_not_ready", reason=str(refused))
    return stores


def _cassandra(  # noqa: PLR0913, PLR0917  # as open_stores
    location: CassandraLocation,
    login: CassandraLogin,
    availability: Availability,
    speculative_delay_seconds: float,
    on_change: OnChange,
    observer: Observer | None,
) -> tuple[Stores, Callable[[], None]]:
    from getme_server.stores.cassandra import (  # noqa: PLC0415
        account_store,
        change_log,
        credential_store,
        revocation_store,
        session_store,
    )
    from getme_server.stores.cassandra.connection import CassandraConnection  # noqa: PLC0415
    from getme_server.stores.cassandra.observed_connection import (  # noqa: PLC0415
        ObservedConnection,
    )

    kind = CassandraConnection if observer is None else partial(ObservedConnection, observer)
    connection = kind(
        location,
        login,
        (
            *account_store.STATEMENTS,
            *credential_store.STATEMENTS,
            *session_store.STATEMENTS,
            *revocation_store.STATEMENTS,
            *change_log.CHANGE_LOG_STATEMENTS,
        ),
        availability,
        speculative_delay_seconds=speculative_delay_seconds,
    )
    changes = change_log.CassandraChangeLog(connection, on_change)
    stores = Stores(
        account_store.CassandraAccountStore(connection, location, changes),
        credential_store.CassandraCredentialStore(connection, changes),
        session_store.CassandraSessionStore(connection, time.time),
        revocation_store.CassandraRevocationStore(connection, changes),
        changes,
        availability,
        connection.requests_in_flight,
        connection.close,
    )
    return stores, connection.connect


def _sqlite(
    location: SqliteLocation,
    availability: Availability,
    on_change: OnChange,
    observer: Observer | None,
) -> tuple[Stores, Callable[[], None]]:
    connections = (
        Connections(location, availability)
        if observer is None
        else ObservedConnections(observer, location, availability)
    )
    changes = SqliteChangeLog(connections, time.time, on_change)

    def make_ready() -> None:
        require_current(location)
        connections.own()

    stores = Stores(
        SqliteAccountStore(connections, changes),
        SqliteCredentialStore(connections, changes),
        SqliteSessionStore(connections, time.time),
        SqliteRevocationStore(connections, changes, time.time),
        changes,
        availability,
        lambda: 0,  # a file is asked and answers within the call
        connections.close,
    )
    return stores, make_ready


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
        from getme_server.stores.cassandra import migration  # noqa: PLC0415

        return migration.migrate(location, login)
    return sqlite_schema.migrate(location)


def pending(location: Location, login: CassandraLogin) -> Outlook:
    """What migrate would do; changes nothing. Raises StoreNotReady."""
    if isinstance(location, CassandraLocation):
        from getme_server.stores.cassandra import migration  # noqa: PLC0415

        return migration.pending(location, login)
    return sqlite_schema.pending(location)


def survey(location: Location, login: CassandraLogin) -> StoreFacts:
    """What a store that is in use tells of itself; changes nothing. Raises StoreNotReady."""
    if isinstance(location, CassandraLocation):
        from getme_server.stores.cassandra.survey import survey as survey_cluster  # noqa: PLC0415

        return survey_cluster(location, login)
    return sqlite_survey.survey(location)
