"""Migrations on a real cluster that asks who we are: what they make, leave alone and refuse."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess
from typing import NamedTuple
from uuid import UUID

import pytest
from cassandra.cluster import Session

from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.cassandra.migration_lock import MigrationLock, lock_table
from getme_server.stores.cassandra.schema import MIGRATIONS
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation, CassandraLogin, read_location
from getme_server.stores.opening import migrate, pending
from tests.servers.cassandra import start_cassandra
from tests.servers.programs import run_command, start_server

SUPERUSER = CassandraLogin("cassandra", "cassandra")
APP = CassandraLogin("app", "app")
NOTHING_TO_DO = "nothing to do: all tables are there\n"
ALL_TABLES = [table for step in MIGRATIONS for table in step.tables]
KEPT = "keyspace replicated is there and keeps its replication"
REPLICATED = "WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 1}"


class Cluster(NamedTuple):
    """A node, and its superuser's session."""

    address: str
    session: Session

    def run(self, cql: str, *values: object) -> list[tuple[object, ...]]:
        """What a statement answers."""
        return list(self.session.execute(cql, values, timeout=60))

    def location(self, keyspace: str, options: str = "") -> CassandraLocation:
        """A keyspace that may be there or not."""
        location = read_location(f"cassandra://{self.address}/{keyspace}?local_dc=dc1{options}")
        assert isinstance(location, CassandraLocation)
        return location

    def tables(self, keyspace: str) -> dict[str, UUID]:
        """Names and IDs of what is in a keyspace."""
        ask = "SELECT table_name, id FROM system_schema.tables WHERE keyspace_name = %s"
        return {str(name): UUID(str(of)) for name, of in self.run(ask, keyspace)}

    def recorded(self, keyspace: str) -> list[tuple[object, ...]]:
        """Numbers and names of the recorded steps."""
        rows = self.run(f"SELECT version, name FROM {keyspace}.getme_migrations")  # noqa: S608
        return sorted(rows, key=str)


RECORDS = [(number, step.name) for number, step in enumerate(MIGRATIONS, start=1)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    node = start_cassandra(tmp_path_factory.mktemp("node"), password_authentication=True)
    address = f"{node.address}:{node.native_port}"
    location = read_location(f"cassandra://{address}/any?local_dc=dc1")
    assert isinstance(location, CassandraLocation)
    session = connect(location, SUPERUSER)
    cluster = Cluster(address, session)
    cluster.run("CREATE ROLE app WITH PASSWORD = 'app' AND LOGIN = true")
    yield cluster
    session.cluster.shutdown()
    node.stop()


def command(
    directory: Path, cluster: Cluster, keyspace: str, *options: str, login: CassandraLogin
) -> CompletedProcess[str]:
    return run_command(
        ["getme-server", "migrate", *options], directory, settings(cluster, keyspace, login)
    )


def settings(cluster: Cluster, keyspace: str, login: CassandraLogin) -> dict[str, str]:
    return {
        "GETME_STORE": f"cassandra://{cluster.address}/{keyspace}?local_dc=dc1",
        "GETME_CASSANDRA_USERNAME": str(login.username),
        "GETME_CASSANDRA_PASSWORD": str(login.password),
    }


def refusal(location: CassandraLocation, login: CassandraLogin) -> str:
    """What both migrate and its look at what is to be done say, in one line."""
    with pytest.raises(StoreNotReady) as refused:
        migrate(location, login)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def as_previous_version(cluster: Cluster, keyspace: str, tables: list[str]) -> None:
    """A keyspace as it was made before steps were recorded."""
    cluster.run(f"CREATE KEYSPACE {keyspace} {REPLICATED}")
    definitions = {name: cql for step in MIGRATIONS for name, cql in step.tables.items()}
    for table in tables:
        cluster.run(f"CREATE TABLE {keyspace}.{table} {definitions[table]}")


def test_check_says_what_migrate_then_does_once(tmp_path: Path, cluster: Cluster) -> None:
    check = command(tmp_path, cluster, "made_once", "--check", login=SUPERUSER)
    assert check.returncode == 1, check.stderr
    assert cluster.tables("made_once") == {}
    first = command(tmp_path, cluster, "made_once", login=SUPERUSER)
    assert first.returncode == 0, first.stderr
    assert first.stdout == check.stdout.replace("would be created", "created")
    assert len(first.stdout.splitlines()) == 1 + len(ALL_TABLES)
    made = cluster.tables("made_once")
    assert set(made) == {*ALL_TABLES, "getme_migrations", "getme_migration_lock"}
    for options in ((), ("--check",)):
        again = command(tmp_path, cluster, "made_once", *options, login=SUPERUSER)
        assert (again.returncode, again.stdout) == (0, NOTHING_TO_DO)
    assert cluster.tables("made_once") == made
    assert cluster.recorded("made_once") == RECORDS
    assert cluster.run("SELECT * FROM made_once.getme_migration_lock") == []


def test_check_of_an_unusable_setting_is_not_taken_for_something_to_do(tmp_path: Path) -> None:
    wrong = {"GETME_STORE": "cassandra://h/k?replication=3"}
    assert run_command(["getme-server", "migrate", "--check"], tmp_path, wrong).returncode == 2


def test_many_at_once_make_each_table_once(tmp_path: Path, cluster: Cluster) -> None:
    with ThreadPoolExecutor() as pool:
        migrations = [
            pool.submit(command, tmp_path, cluster, "contended", login=SUPERUSER) for _ in range(3)
        ]
        with start_server(tmp_path, settings(cluster, "contended", SUPERUSER), "--dev"):
            results = [migration.result() for migration in migrations]
    assert [result.returncode for result in results] == [0, 0, 0], results
    told = [line for result in results for line in result.stdout.splitlines()]
    for table in ALL_TABLES:
        assert told.count(f"table contended.{table} created") <= 1
    assert cluster.recorded("contended") == RECORDS


def test_keyspace_of_the_previous_version_is_taken_over_unchanged(cluster: Cluster) -> None:
    as_previous_version(cluster, "previous", ALL_TABLES)
    before = cluster.tables("previous")
    changes = pending(cluster.location("previous"), SUPERUSER).changes
    assert changes == [
        f"migration {number} ({name}) would be recorded: nothing missing"
        for number, name in RECORDS
    ]
    assert cluster.tables("previous") == before
    assert migrate(cluster.location("previous"), SUPERUSER) == [
        f"migration {number} ({name}) recorded: nothing was missing" for number, name in RECORDS
    ]
    assert before.items() <= cluster.tables("previous").items()
    assert cluster.recorded("previous") == RECORDS


@pytest.mark.parametrize(
    "there", [["users"], ALL_TABLES[:3], ALL_TABLES[:4]], ids=["first", "second", "third"]
)
def test_step_that_was_broken_off_is_finished(cluster: Cluster, there: list[str]) -> None:
    keyspace = f"broken_{len(there)}"
    as_previous_version(cluster, keyspace, there)
    migrate(cluster.location(keyspace), SUPERUSER)
    assert set(ALL_TABLES) <= set(cluster.tables(keyspace))
    assert cluster.recorded(keyspace) == RECORDS


def test_table_that_is_gone_is_made_again(cluster: Cluster) -> None:
    location = cluster.location("dropped")
    migrate(location, SUPERUSER)
    cluster.run("DROP TABLE dropped.getme_changes")
    assert migrate(location, SUPERUSER) == ["table dropped.getme_changes created"]


def test_keyspace_that_is_dropped_can_be_made_again(cluster: Cluster) -> None:
    location = cluster.location("again")
    migrate(location, SUPERUSER)
    cluster.run("DROP KEYSPACE again")
    assert "keyspace again created" in migrate(location, SUPERUSER)


def test_keyspace_of_a_newer_version_is_refused(cluster: Cluster) -> None:
    location = cluster.location("newer")
    migrate(location, SUPERUSER)
    newer = len(MIGRATIONS) + 1
    cluster.run("INSERT INTO newer.getme_migrations (version, name) VALUES (%s, 'more')", newer)
    for attempt in (migrate, pending):
        with pytest.raises(StoreNotReady) as refused:
            attempt(location, SUPERUSER)
        assert str(refused.value) == (
            f"keyspace newer was made by a newer getme (version {newer} of the tables;"
            f" this one knows {len(MIGRATIONS)}); install that version"
        )


def test_role_that_may_create_nothing_migrates_where_nothing_is_missing(
    tmp_path: Path, cluster: Cluster
) -> None:
    migrate(cluster.location("ready"), SUPERUSER)
    cluster.run("GRANT SELECT ON KEYSPACE ready TO app")
    for options in ((), ("--check",)):
        result = command(tmp_path, cluster, "ready", *options, login=APP)
        assert (result.returncode, result.stdout) == (0, NOTHING_TO_DO), result.stderr


@pytest.mark.parametrize("is_there", [True, False], ids=["keyspace", "no keyspace"])
def test_role_that_may_create_nothing_is_told_what_lets_it(
    cluster: Cluster, is_there: bool
) -> None:
    keyspace = f"forbidden_{is_there}".lower()
    location = cluster.location(keyspace)
    if is_there:
        as_previous_version(cluster, keyspace, ["users"])
        cluster.run(f"GRANT SELECT, MODIFY ON KEYSPACE {keyspace} TO app")
    assert pending(location, APP).changes
    told = refusal(location, APP)
    assert told.startswith(f"role app may not create what keyspace {keyspace} lacks; run migrate")
    for statement in told.partition("as an administrator: ")[2].split("; "):
        cluster.run(statement)
    assert migrate(location, APP)
    assert pending(location, APP).changes == []


def test_role_that_may_not_read_the_records_is_told_what_lets_it(cluster: Cluster) -> None:
    location = cluster.location("unread")
    migrate(location, SUPERUSER)
    told = refusal(location, APP)
    cluster.run(told.partition("run: ")[2])
    assert migrate(location, APP) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param(
            "&replication=dc1:1,paris:3",
            "replication=paris:3 names no data centre of this cluster; it has: dc1",
            id="unknown data centre",
        ),
        pytest.param(
            "&replication=dc1:3",
            "replication=dc1:3 asks for more copies than dc1 has nodes, which is 1",
            id="more copies than nodes",
        ),
    ],
)
def test_replication_that_cannot_work_is_refused(cluster: Cluster, options: str, told: str) -> None:
    location = cluster.location("not_replicated", options)
    assert refusal(location, SUPERUSER) == told
    with pytest.raises(StoreNotReady, match=told):
        pending(location, SUPERUSER)


@pytest.mark.parametrize(
    ("options", "notes"),
    [
        pytest.param("", [], id="not named"),
        pytest.param("&replication=dc1:1", [], id="the same"),
        pytest.param(
            "&replication=dc1:3",
            [f"{KEPT} (NetworkTopologyStrategy dc1:1); dc1:3 counts for a new keyspace"],
            id="another",
        ),
    ],
)
def test_replication_of_a_keyspace_that_is_there_is_told_and_kept(
    cluster: Cluster, options: str, notes: list[str]
) -> None:
    cluster.run(f"CREATE KEYSPACE IF NOT EXISTS replicated {REPLICATED}")
    location = cluster.location("replicated", options)
    migrate(location, SUPERUSER)
    assert pending(location, SUPERUSER) == ([], notes)
    kept = "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = 'replicated'"
    assert "'dc1', '1'" in str(cluster.run(kept))


@pytest.fixture(scope="module")
def lock_keyspace(cluster: Cluster) -> str:
    """A keyspace with nothing but the table of leases."""
    cluster.run(f"CREATE KEYSPACE locked {REPLICATED}")
    cluster.run(lock_table("locked"))
    return "locked"


def test_second_migration_waits_for_the_first_with_a_bound(
    cluster: Cluster, lock_keyspace: str
) -> None:
    waiting = MigrationLock(cluster.session, lock_keyspace, patience_seconds=0.5)
    with MigrationLock(cluster.session, lock_keyspace) as first:
        with pytest.raises(
            StoreNotReady, match=r"is being migrated by another getme-server \(.*proc"
        ):
            waiting.__enter__()
        first.renew()
    with waiting:
        waiting.renew()


def test_lease_of_one_that_was_killed_runs_out(cluster: Cluster, lock_keyspace: str) -> None:
    killed = MigrationLock(cluster.session, lock_keyspace, lease_seconds=2)
    killed.__enter__()
    begun = time.monotonic()
    with MigrationLock(cluster.session, lock_keyspace, patience_seconds=30) as second:
        assert time.monotonic() - begun > 0.5  # the cluster counts whole seconds
        with pytest.raises(StoreNotReady, match="took over the migration"):
            killed.renew()
        killed.__exit__()
        second.renew()  # one that lost its lease does not end another's


def test_lease_that_is_renewed_does_not_run_out(cluster: Cluster, lock_keyspace: str) -> None:
    with MigrationLock(cluster.session, lock_keyspace, lease_seconds=4) as lock:
        ends = time.monotonic() + 5
        while time.monotonic() < ends:
            lock.renew()
            with pytest.raises(StoreNotReady, match="is being migrated"):
                MigrationLock(cluster.session, lock_keyspace, patience_seconds=0).__enter__()
