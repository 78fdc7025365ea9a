"""A lease that lets one migrate at a time change the tables of a keyspace.

Cassandra 4 and 5 do not order changes of a schema: two nodes that make one table at the same time
give it two IDs, and rows are lost when they find out (CASSANDRA-10699). The lease is a conditional
write, whose clock is the cluster's. Its own table is safe to make twice, because its ID is given.
"""

import os
import socket
import time
from contextlib import suppress
from typing import Any, Self
from uuid import UUID, uuid4, uuid5

from cassandra import ConsistencyLevel, OperationTimedOut, Timeout
from cassandra.cluster import ResultSet, Session
from cassandra.query import SimpleStatement

from getme_server.stores.cassandra.failures import DRIVER_ERRORS
from getme_server.stores.errors import StoreNotReady

LEASE_SECONDS = 45  # longer than one statement and the agreement on it may take
PATIENCE_SECONDS = 60  # longer than a lease: one that was killed does not stop the next
_PAUSE_SECONDS = 0.2
_TAKE = """INSERT INTO {keyspace}.getme_migration_lock (name, holder) VALUES ('migrate', %s)
    IF NOT EXISTS USING TTL {lease_seconds}"""
_RENEW = """UPDATE {keyspace}.getme_migration_lock USING TTL {lease_seconds} SET holder = %s
    WHERE name = 'migrate' IF holder = %s"""
_GIVE_BACK = "DELETE FROM {keyspace}.getme_migration_lock WHERE name = 'migrate' IF holder = %s"
_TABLE_IDS = UUID("5b0d2f5e-6f0c-4f0e-9a57-0c6b7d0d2f11")  # the root of our IDs


def lock_table(keyspace: str) -> str:
    """CQL that makes the table of leases, with the same ID whoever runs it.

    The ID is made of the keyspace's name: a cluster fails at a second table with the same ID.
    """
    return (
        f"CREATE TABLE IF NOT EXISTS {keyspace}.getme_migration_lock"
        " (name text PRIMARY KEY, holder text)"
        f" WITH id = {uuid5(_TABLE_IDS, keyspace)}"
    )


class MigrationLock:
    """Held inside of `with`, for lease_seconds after each `renew`.

    Entering waits for another holder, patience_seconds at most. Entering and renew raise
    StoreNotReady where the lease is not to be had, and the driver's errors.
    """

    def __init__(
        self,
        session: Session,
        keyspace: str,
        *,
        lease_seconds: int = LEASE_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._session = session
        self._keyspace = keyspace
        self._lease_seconds = lease_seconds
        self._patience_seconds = patience_seconds
        # The host and process are for people, who look for it; the last part tells two apart.
        self._holder = f"{socket.gethostname()}, process {os.getpid()}, {uuid4().hex[:12]}"

    def __enter__(self) -> Self:
        ends = time.monotonic() + self._patience_seconds
        while (holder := self._take()) != self._holder:
            if time.monotonic() > ends:
                raise StoreNotReady(
                    f"keyspace {self._keyspace} is being migrated by another getme-server"
                    f" ({holder or 'unknown'}); try again when that has ended"
                )
            time.sleep(_PAUSE_SECONDS)
        return self

    def __exit__(self, *_exception: object) -> None:
        with suppress(*DRIVER_ERRORS):  # the lease ends by itself
            self._run(_GIVE_BACK)

    def renew(self) -> None:
        """Starts the lease anew."""
        if not self._run(_RENEW).was_applied:
            raise StoreNotReady(
                f"another getme-server took over the migration of keyspace {self._keyspace},"
                " because this one was too slow; run: getme-server migrate"
            )

    def _take(self) -> str | None:
        """Takes the lease if it is free; who holds it now, None where nobody can tell."""
        try:
            taken = self._run(_TAKE)
        except (Timeout, OperationTimedOut):  # it may have been carried out: the next look tells
            return None
        if taken.was_applied:
            return self._holder
        row: tuple[Any, ...] = taken.one()
        return str(row[taken.column_names.index("holder")])

    def _run(self, cql: str) -> ResultSet:
        """Runs a conditional write whose placeholders all are the holder."""
        statement = SimpleStatement(
            cql.format(keyspace=self._keyspace, lease_seconds=self._lease_seconds),
            consistency_level=ConsistencyLevel.QUORUM,
            # Not LOCAL_SERIAL: two data centres would give away one lease each.
            serial_consistency_level=ConsistencyLevel.SERIAL,
        )
        return self._session.execute(statement, [self._holder] * cql.count("%s"))
