"""Makes keyspace and tables where they are missing; never changes one that is there.

`getme_migrations` records the steps that were made. A step that was broken off is made again: each
of its statements does nothing where its table is there. A role that may not create anything can
look, and migrate where nothing is missing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cassandra import ConsistencyLevel, Unauthorized
from cassandra.cluster import Session
from cassandra.connection import ConnectionException
from cassandra.query import SimpleStatement

from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.cassandra.failures import DRIVER_ERRORS, describe
from getme_server.stores.cassandra.keyspace_state import keyspace_state
from getme_server.stores.cassandra.migration_lock import MigrationLock, lock_table
from getme_server.stores.cassandra.replication import (
    differing_replication,
    replication_of_new_keyspace,
)
from getme_server.stores.cassandra.schema import MIGRATIONS
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation, CassandraLogin
from getme_server.stores.outlook import Outlook

_STATEMENT_SECONDS = 30
_AGREEMENT_SECONDS = 10
_MAKE_RECORDS = """CREATE TABLE IF NOT EXISTS {keyspace}.getme_migrations (
    version int PRIMARY KEY, name text, applied_at timestamp)"""
_RECORD = """INSERT INTO {keyspace}.getme_migrations (version, name, applied_at)
    VALUES (%s, %s, toTimestamp(now()))"""


def migrate(location: CassandraLocation, login: CassandraLogin) -> list[str]:
    """Makes what is missing; tells what was done. Raises StoreNotReady."""
    keyspace = location.keyspace
    with _session(location, login) as session:
        state = keyspace_state(session, keyspace)
        if not state.changes():
            return []
        change = _SchemaChange(session, keyspace, login)
        done = []
        if state.replication is None:
            change.create_keyspace(replication_of_new_keyspace(session, location))
            done.append(f"keyspace {keyspace} created")
        change.run(lock_table(keyspace))
        with MigrationLock(session, keyspace) as lock:
            return done + _make_steps(session, keyspace, change, lock)


def pending(location: CassandraLocation, login: CassandraLogin) -> Outlook:
    """What migrate would do; changes nothing. Raises StoreNotReady."""
    with _session(location, login) as session:
        state = keyspace_state(session, location.keyspace)
        if state.replication is None:
            replication_of_new_keyspace(session, location)  # refuses what migrate would refuse
        notes = differing_replication(state.replication, location)
        return Outlook(state.changes(), notes)


class _SchemaChange:
    """Changes the schema as one role. Raises StoreNotReady with the CQL that allows it."""

    def __init__(self, session: Session, keyspace: str, login: CassandraLogin) -> None:
        self._session = session
        self._keyspace = keyspace
        self._role = login.username or ""

    def create_keyspace(self, replication: dict[str, str]) -> None:
        """Makes the keyspace."""
        create = f"CREATE KEYSPACE IF NOT EXISTS {self._keyspace} WITH replication = {replication}"
        self.run(create, administrators=create.replace("IF NOT EXISTS ", "") + "; ")

    def run(self, cql: str, *, administrators: str = "") -> None:
        """Runs a statement, and waits until all nodes that are up know of the change.

        administrators: what must come before a grant, where the role may not run the statement.
        """
        try:
            self._session.execute(cql)
        except Unauthorized as refused:
            raise StoreNotReady(
                f"role {self._role} may not create what keyspace {self._keyspace} lacks; run"
                f" migrate as a role that may, or as an administrator: {administrators}"
                f"GRANT CREATE, SELECT, MODIFY ON KEYSPACE {self._keyspace}"
                f" TO {_quoted(self._role)}"
            ) from refused
        self.require_agreement()

    def require_agreement(self) -> None:
        """Raises StoreNotReady if the nodes go on to know different schemas."""
        control = self._session.cluster.control_connection
        if not control.wait_for_schema_agreement(wait_time=_AGREEMENT_SECONDS):
            raise StoreNotReady(
                f"the nodes of the cluster disagree about its schema for {_AGREEMENT_SECONDS} s;"
                " see nodetool describecluster, and then run: getme-server migrate"
            )


def _make_steps(
    session: Session, keyspace: str, change: _SchemaChange, lock: MigrationLock
) -> list[str]:
    """Makes the steps that are missing now that the lock is held."""
    done = []
    change.require_agreement()  # another migrate may have been killed before there was one
    change.run(_MAKE_RECORDS.format(keyspace=keyspace))
    state = keyspace_state(session, keyspace)
    for number in state.missing_steps():
        step = MIGRATIONS[number - 1]
        missing = state.missing_tables(step)
        for table in missing:
            lock.renew()
            change.run(f"CREATE TABLE IF NOT EXISTS {keyspace}.{table} {step.tables[table]}")
            done.append(f"table {keyspace}.{table} created")
        if not missing:
            done.append(f"migration {number} ({step.name}) recorded: nothing was missing")
        _record(session, keyspace, number)
    return done


def _record(session: Session, keyspace: str, number: int) -> None:
    insert = _RECORD.format(keyspace=keyspace)
    statement = SimpleStatement(insert, consistency_level=ConsistencyLevel.QUORUM)
    session.execute(statement, (number, MIGRATIONS[number - 1].name))


@contextmanager
def _session(location: CassandraLocation, login: CassandraLogin) -> Iterator[Session]:
    """A session whose refusals are StoreNotReady, with what an operator can do about them."""
    keyspace = location.keyspace
    session = connect(location, login, request_timeout_seconds=_STATEMENT_SECONDS)
    try:
        yield session
    except Unauthorized as refused:
        role = login.username or ""
        raise StoreNotReady(
            f"role {role} may not read or write the tables of keyspace {keyspace}; as an"
            f" administrator, run: GRANT SELECT, MODIFY ON KEYSPACE {keyspace} TO {_quoted(role)}"
        ) from refused
    except (*DRIVER_ERRORS, ConnectionException) as refused:
        raise StoreNotReady(f"cannot migrate keyspace {keyspace}: {describe(refused)}") from refused
    finally:
        session.cluster.shutdown()


def _quoted(role: str) -> str:
    """A role as CQL reads it."""
    return "'" + role.replace("'", "''") + "'"
