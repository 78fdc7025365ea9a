"""What is there of a keyspace, and what of the known steps it lacks. Changes nothing."""

from typing import NamedTuple

from cassandra import InvalidRequest
from cassandra.cluster import Session

from getme_server.stores.cassandra.schema import MIGRATIONS, Step
from getme_server.stores.errors import StoreNotReady

_REPLICATION = "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = %s"
_TABLES = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s"
_RECORDED = "SELECT version FROM {keyspace}.getme_migrations"


class KeyspaceState(NamedTuple):
    """replication: None where there is no keyspace; recorded: the numbers of the steps made."""

    keyspace: str
    replication: dict[str, str] | None
    tables: frozenset[str]
    recorded: frozenset[int]

    def missing_tables(self, step: Step) -> list[str]:
        """Those that the step makes and that are not there, or no longer."""
        return [table for table in step.tables if table not in self.tables]

    def missing_steps(self) -> list[int]:
        """Numbers of the steps of which a table or the record is missing."""
        return [
            number
            for number, step in enumerate(MIGRATIONS, start=1)
            if number not in self.recorded or self.missing_tables(step)
        ]

    def changes(self) -> list[str]:
        """What migrate would do, a line each."""
        lines = []
        if self.replication is None:
            lines.append(f"keyspace {self.keyspace} would be created")
        for number in self.missing_steps():
            step = MIGRATIONS[number - 1]
            missing = self.missing_tables(step)
            lines += [f"table {self.keyspace}.{table} would be created" for table in missing]
            if not missing:
                lines.append(f"migration {number} ({step.name}) would be recorded: nothing missing")
        return lines


def keyspace_state(session: Session, keyspace: str) -> KeyspaceState:
    """What is there now; asked of the cluster, because the driver's copy follows with a delay.

    Raises StoreNotReady if a newer getme made it.
    """
    found = session.execute(_REPLICATION, (keyspace,)).one()
    tables = frozenset(table for (table,) in session.execute(_TABLES, (keyspace,)))
    recorded = _recorded(session, keyspace) if "getme_migrations" in tables else frozenset()
    _require_known(keyspace, max(recorded, default=0))
    return KeyspaceState(keyspace, None if found is None else dict(found[0]), tables, recorded)


def _recorded(session: Session, keyspace: str) -> frozenset[int]:
    try:
        rows = session.execute(_RECORDED.format(keyspace=keyspace))
    except InvalidRequest:
        # Another migrate makes the table: it is listed a moment before it can be read.
        return frozenset()
    return frozenset(version for (version,) in rows)


def _require_known(keyspace: str, version: int) -> None:
    if version > len(MIGRATIONS):
        raise StoreNotReady(
            f"keyspace {keyspace} was made by a newer getme (version {version} of the tables;"
            f" this one knows {len(MIGRATIONS)}); install that version"
        )
