"""Makes keyspace and tables where they are missing; never changes one that is there.

Three tables are those of KillrVideo's schema (killrvideo-data, schema-v5.cql), so that its other
services find them as they left them. Those whose names begin with getme_ are ours alone.
"""

from cassandra import DriverException
from cassandra.cluster import NoHostAvailable, Session

from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.cassandra.queries import describe
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation, CassandraLogin
from getme_server.tokens.revocation import LOG_SECONDS

_SCHEMA_TIMEOUT_SECONDS = 30
_TABLES = {
    "users": """CREATE TABLE IF NOT EXISTS {keyspace}.users (
        userid uuid PRIMARY KEY, created_date timestamp, email text, firstname text,
        lastname text, account_status text, last_login_date timestamp)""",
    "user_credentials": """CREATE TABLE IF NOT EXISTS {keyspace}.user_credentials (
        email text PRIMARY KEY, password text, userid uuid, account_locked boolean)""",
    "login_attempts": """CREATE TABLE IF NOT EXISTS {keyspace}.login_attempts (
        email text PRIMARY KEY, failed_attempts counter)""",
    "getme_revocations": """CREATE TABLE IF NOT EXISTS {keyspace}.getme_revocations (
        userid uuid, revocation_key blob, issued_before double,
        PRIMARY KEY (userid, revocation_key))""",
    # An expired entry need not outlive gc_grace_seconds to keep older copies from coming back:
    # every copy of it expires at the same moment. But hints are kept no longer than that, so it is
    # the life of an entry and not 0. No TimeWindowCompactionStrategy: it drops files of which all
    # has expired, and the row that counts the entries is in each file and never expires.
    "getme_revocation_log": f"""CREATE TABLE IF NOT EXISTS {{keyspace}}.getme_revocation_log (
        shard int, position bigint, head bigint, userid uuid, PRIMARY KEY (shard, position))
        WITH gc_grace_seconds = {LOG_SECONDS}""",
}


def migrate(location: CassandraLocation, login: CassandraLogin) -> list[str]:
    """Makes what is missing; tells what was done. Raises StoreNotReady."""
    session = connect(location, login, request_timeout_seconds=_SCHEMA_TIMEOUT_SECONDS)
    try:
        return _create_missing(session, location)
    except (DriverException, NoHostAvailable) as refused:
        raise StoreNotReady(
            f"cannot migrate keyspace {location.keyspace}: {describe(refused)}"
        ) from refused
    finally:
        session.cluster.shutdown()


def _create_missing(session: Session, location: CassandraLocation) -> list[str]:
    done = []
    keyspaces = session.cluster.metadata.keyspaces
    if location.keyspace not in keyspaces:
        session.execute(
            f"CREATE KEYSPACE IF NOT EXISTS {location.keyspace}"
            f" WITH replication = {_replication(session, location)}"
        )
        done.append(f"keyspace {location.keyspace} created")
    present = keyspaces[location.keyspace].tables if location.keyspace in keyspaces else {}
    for table, cql in _TABLES.items():
        if table not in present:
            session.execute(cql.format(keyspace=location.keyspace))
            done.append(f"table {location.keyspace}.{table} created")
    return done


def _replication(session: Session, location: CassandraLocation) -> dict[str, str]:
    """One copy in the local data centre unless the URL says otherwise."""
    hosts = session.cluster.metadata.all_hosts()
    local_dc = location.local_dc or next(host.datacenter for host in hosts)
    copies = location.replication or {local_dc: 1}
    return {"class": "NetworkTopologyStrategy"} | {dc: str(n) for dc, n in copies.items()}
