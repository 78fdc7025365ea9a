"""What `getme-server doctor` finds of a real cluster."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Cluster, Session

from getme_server.stores.location import CassandraLocation, read_location
from tests.conftest import NewStore
from tests.integration.test_doctor import FREE, Finding
from tests.people import ADA
from tests.servers.programs import run_command


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
