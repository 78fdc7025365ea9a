"""A cluster that asks who we are."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster, Session

from getme_server.accounts.account import Account
from getme_server.deadline import Deadline
from getme_server.stores.location import CassandraLocation, CassandraLogin, read_location
from getme_server.stores.opening import open_import_store, open_stores
from tests.people import CREDENTIALS, LOCKED_OUT, PEOPLE
from tests.servers.cassandra import start_cassandra
from tests.servers.programs import run_command

USERNAME = "cassandra"  # a new cluster's own superuser and its password
PASSWORD = "cassandra"
SUPERUSER = {"GETME_CASSANDRA_USERNAME": USERNAME, "GETME_CASSANDRA_PASSWORD": PASSWORD}
MASKED = (
    """CREATE KEYSPACE masked
        WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 1}""",
    """CREATE TABLE masked.users (
        userid uuid PRIMARY KEY, created_date timestamp, email text MASKED WITH mask_inner(1,1),
        firstname text, lastname text, account_status text, last_login_date timestamp)""",
    """CREATE TABLE masked.user_credentials (
        email text PRIMARY KEY, password text, userid uuid, account_locked boolean)""",
    "CREATE ROLE app WITH PASSWORD = 'app' AND LOGIN = true",
    "GRANT SELECT ON KEYSPACE masked TO app",
)
ADA = "INSERT INTO masked.users (userid, email) VALUES (uuid(), 'ada@example.org')"
# Read by address as ever, but rows do not tell whose they are.
KEYS_MASKED = (
    "ALTER TABLE killrvideo.user_credentials ALTER email MASKED WITH mask_default()",
    "CREATE ROLE reader WITH PASSWORD = 'reader' AND LOGIN = true",
    "GRANT SELECT ON KEYSPACE killrvideo TO reader",
    "GRANT SELECT_MASKED ON TABLE killrvideo.user_credentials TO reader",
)
READS = 300
SECONDS = 5
UNMASK = "GRANT UNMASK ON TABLE masked.users TO app"
MASK = "REVOKE UNMASK ON TABLE masked.users FROM app"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    node = start_cassandra(tmp_path_factory.mktemp("node"), password_authentication=True)
    yield f"cassandra://{node.address}:{node.native_port}/killrvideo?local_dc=dc1"
    node.stop()


@contextmanager
def superuser_session(store: str) -> Iterator[Session]:
    location = read_location(store)
    assert isinstance(location, CassandraLocation)
    login = PlainTextAuthProvider(USERNAME, PASSWORD)
    with Cluster(location.hosts, location.port, auth_provider=login, protocol_version=4) as cluster:
        yield cluster.connect()


def migrate(directory: Path, settings: dict[str, str]) -> tuple[int, str]:
    result = run_command(["getme-server", "migrate"], directory, settings)
    return result.returncode, result.stdout + result.stderr


def test_the_password_may_stand_in_a_file(tmp_path: Path, store: str) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    settings = {
        "GETME_STORE": store,
        "GETME_CASSANDRA_USERNAME": USERNAME,
        "GETME_CASSANDRA_PASSWORD_FILE": str(tmp_path / "password"),
    }
    exit_code, text = migrate(tmp_path, settings)
    assert exit_code == 0, text
    assert "table killrvideo.users created" in text


@pytest.mark.parametrize(
    "login",
    [
        {"GETME_CASSANDRA_USERNAME": USERNAME, "GETME_CASSANDRA_PASSWORD": "not-the-password"},
        {"GETME_CASSANDRA_USERNAME": "nobody", "GETME_CASSANDRA_PASSWORD": "not-the-password"},
        {},
    ],
    ids=["wrong password", "unknown role", "no login"],
)
def test_a_refused_login_names_its_settings(
    tmp_path: Path, store: str, login: dict[str, str]
) -> None:
    exit_code, text = migrate(tmp_path, {"GETME_STORE": store} | login)
    assert exit_code == 1
    assert "GETME_CASSANDRA_USERNAME and GETME_CASSANDRA_PASSWORD" in text
    assert "not-the-password" not in text
    assert "Traceback" not in text
    assert len(text.splitlines()) == 1


def test_a_login_in_the_url_is_refused(tmp_path: Path, store: str) -> None:
    url = store.replace("://", "://cassandra:not-the-password@")
    exit_code, text = migrate(tmp_path, {"GETME_STORE": url})
    assert exit_code == 2
    assert "GETME_CASSANDRA_PASSWORD" in text
    assert "not-the-password" not in text


def test_masked_addresses_are_noticed_by_doctor(tmp_path: Path, store: str) -> None:
    with superuser_session(store) as session:
        for statement in MASKED:
            session.execute(statement, timeout=60)
        masked = {"GETME_STORE": store.replace("killrvideo", "masked")}
        assert migrate(tmp_path, masked | SUPERUSER)[0] == 0
        settings = {
            **masked,
            "GETME_CASSANDRA_USERNAME": "app",
            "GETME_CASSANDRA_PASSWORD": "app",
            "GETME_LISTEN": "127.0.0.1:0",
            "GETME_METRICS_LISTEN": "127.0.0.1:0",
        }

        def is_blind() -> bool:
            told = run_command(["getme-server", "doctor"], tmp_path, settings)
            assert told.returncode == ("GRANT UNMASK ON TABLE masked.users" in told.stdout)
            return bool(told.returncode)

        assert is_blind()  # although there is no address yet to look at
        session.execute(UNMASK, timeout=60)
        assert not is_blind()
        session.execute(ADA, timeout=60)
        assert not is_blind()
        session.execute(MASK, timeout=60)
        assert is_blind()


def test_locks_are_told_of_accounts_read_together_where_rows_hide_their_keys(
    tmp_path: Path, store: str
) -> None:
    assert migrate(tmp_path, {"GETME_STORE": store} | SUPERUSER)[0] == 0
    location = read_location(store)
    with open_import_store(location, CassandraLogin(USERNAME, PASSWORD)) as importing:
        importing.add_accounts(PEOPLE)
        importing.add_credentials(CREDENTIALS)
    with superuser_session(store) as session:
        for statement in KEYS_MASKED:
            session.execute(statement, timeout=60)
    stores = open_stores(location, CassandraLogin("reader", "reader"))

    def is_locked(person: Account) -> bool:
        return stores.accounts.account_and_lock(person.user_id, Deadline(SECONDS))[1]

    try:
        with ThreadPoolExecutor(32) as pool:
            told = list(pool.map(is_locked, PEOPLE * READS))
    finally:
        stores.close()
    assert told == [person is LOCKED_OUT for person in PEOPLE] * READS
