"""What `getme-server doctor` finds of a real cluster."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Cluster, Session

from getme_server.stores.location import CassandraLocation, read_location
from tests.conftest import NewStore
from tests.integration.doctor_behind import SECONDS_BEHIND
from tests.integration.test_doctor import FREE, Finding
from tests.people import ADA
from tests.servers.front import free_port
from tests.servers.programs import run_command
from tests.servers.redis import RedisServer

REPOSITORY = Path(__file__).parents[2]
# This machine, by an address that is not said to be only for it.
THERE = "0.0.0.0"  # noqa: S104  # nothing listens at it


@pytest.fixture
def store(new_store: NewStore) -> str:
    return new_store("cassandra")


@pytest.fixture
def location(store: str) -> CassandraLocation:
    location = read_location(store)
    assert isinstance(location, CassandraLocation)
    return location


@pytest.fixture
def session(location: CassandraLocation) -> Iterator[Session]:
    with Cluster(location.hosts, location.port, protocol_version=4) as cluster:
        yield cluster.connect(location.keyspace)


@pytest.fixture
def copies_in_dc9(location: CassandraLocation, session: Session) -> Iterator[None]:
    """The keyspace keeps some in a data centre that was given up: no cluster lets it be said."""

    def tell(replication: str) -> None:
        session.execute(
            f"UPDATE system_schema.keyspaces SET replication = {replication}"  # noqa: S608  # ours
            f" WHERE keyspace_name = '{location.keyspace}'",
            timeout=60,
        )

    here = "'class': 'org.apache.cassandra.locator.NetworkTopologyStrategy', 'dc1': '1'"
    tell(f"{{{here}, 'dc9': '3'}}")
    yield
    tell(f"{{{here}}}")


def found(directory: Path, store: str) -> dict[str, Finding]:
    """The findings about the store by their code."""
    settings = FREE | {"GETME_STORE": store}
    result = run_command(["getme-server", "doctor", "--json"], directory, settings)
    assert result.stderr == ""
    findings = json.loads(result.stdout)["findings"]
    return {finding["code"]: finding for finding in findings if finding["subject"] == "store"}


def test_one_copy_is_all_that_is_found_of_a_new_keyspace(tmp_path: Path, store: str) -> None:
    findings = found(tmp_path, store)
    assert findings.keys() == {"one_copy"}
    assert findings["one_copy"]["severity"] == "warning"


@pytest.mark.parametrize("level", ["ONE", "LOCAL_ONE"])
def test_reads_that_may_miss_a_change_are_found(tmp_path: Path, store: str, level: str) -> None:
    finding = found(tmp_path, f"{store}&consistency={level}")["consistency_weak"]
    assert (finding["severity"], finding["setting"]) == ("warning", "GETME_STORE")


def test_a_data_centre_that_does_not_exist_is_an_error(tmp_path: Path, store: str) -> None:
    finding = found(tmp_path, store.replace("local_dc=dc1", "local_dc=dc7"))["store_not_ready"]
    assert finding["severity"] == "error"
    assert "local_dc=dc7 is not a data centre of this cluster" in finding["text"]


def test_a_replication_that_knows_no_data_centres_is_found(
    tmp_path: Path, store: str, location: CassandraLocation, session: Session
) -> None:
    session.execute(
        f"ALTER KEYSPACE {location.keyspace} WITH replication ="
        " {'class': 'SimpleStrategy', 'replication_factor': 1}",
        timeout=60,
    )
    assert found(tmp_path, store).keys() == {"one_copy", "replication_unaware"}


def test_what_migrate_would_do_is_found(tmp_path: Path, store: str, session: Session) -> None:
    session.execute("DELETE FROM getme_migrations WHERE version = 2", timeout=60)
    finding = found(tmp_path, store)["migrations_pending"]
    assert finding["severity"] == "warning"
    assert "run: getme-server migrate" in finding["text"]


def test_a_table_that_is_gone_is_an_error(tmp_path: Path, store: str, session: Session) -> None:
    session.execute("DROP TABLE getme_sessions", timeout=60)
    finding = found(tmp_path, store)["store_not_ready"]
    assert finding["severity"] == "error"
    assert "getme_sessions" in finding["text"]


def test_deletions_that_were_begun_are_found(tmp_path: Path, store: str, session: Session) -> None:
    session.execute("INSERT INTO getme_removals (userid) VALUES (%s)", (ADA.user_id,), timeout=60)
    assert str(ADA.user_id) in found(tmp_path, store)["removals_unfinished"]["text"]


@pytest.mark.usefixtures("copies_in_dc9")
def test_copies_in_a_data_centre_that_is_gone_and_what_is_beyond_this_machine_are_found(
    store: str, location: CassandraLocation
) -> None:
    port = free_port()
    with RedisServer("--port", str(port), "--bind", "127.0.0.1"):
        settings = FREE | {
            "GETME_STORE": store.replace(location.hosts[0], THERE),
            "GETME_REDIS_URL": f"redis://{THERE}:{port}",
        }
        command = ["python", "-m", "tests.integration.doctor_behind", "--json"]
        told = json.loads(run_command(command, REPOSITORY, settings).stdout)["findings"]
    findings = {one["code"]: one for one in told if one["subject"] in {"store", "redis"}}
    assert {code: one["severity"] for code, one in findings.items()} == {
        "data_centre_unknown": "error",
        "one_copy": "warning",
        "clock_differs_from_store": "warning",
        "store_in_clear": "warning",
        "clock_differs_from_redis": "warning",
        "redis_forgets": "note",
        "redis_in_clear": "note",
    }
    assert "copies in dc9" in findings["data_centre_unknown"]["text"]
    assert f"{SECONDS_BEHIND} s ahead of ours" in findings["clock_differs_from_store"]["text"]
    assert f"{SECONDS_BEHIND} s apart" in findings["clock_differs_from_redis"]["text"]
    assert findings["store_in_clear"]["setting"] == "GETME_STORE"
    assert findings["redis_in_clear"]["setting"] == "GETME_REDIS_URL"


def test_reads_without_enough_nodes_are_an_error(
    tmp_path: Path, store: str, location: CassandraLocation, session: Session
) -> None:
    session.execute(
        f"ALTER KEYSPACE {location.keyspace} WITH replication ="
        " {'class': 'NetworkTopologyStrategy', 'dc1': 3}",
        timeout=60,
    )
    finding = found(tmp_path, store)["store_not_answering"]
    assert (finding["severity"], finding["setting"]) == ("error", "GETME_STORE")
