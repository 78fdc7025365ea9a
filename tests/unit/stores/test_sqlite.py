"""What happens when the file is not as it should be; real files, real locks, real processes."""

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from getme_server.accounts.account import Account
from getme_server.accounts.errors import StoreUnavailable, UserNotFound
from getme_server.accounts.store import AccountStore
from getme_server.deadline import Deadline
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import SqliteLocation, read_location
from getme_server.stores.opening import migrate, open_stores
from getme_server.stores.sqlite.schema import MIGRATIONS
from tests.conftest import NO_LOGIN
from tests.people import ADA, LOCKED_OUT, NOBODY, PEOPLE

PATIENCE = 0.2  # seconds that a call waits for a locked file
SLACK = 1.0  # seconds that a busy machine may add

# What a process does that repairs the write-ahead log after a crash: it holds the writer's lock
# and the recovery lock (bytes 120 to 127 of the index) and clears the index's header
# (https://sqlite.org/walformat.html section 2.3). Until it is done, readers find a locked file.
RECOVERY = """
import fcntl, sys
with open(sys.argv[1], "r+b") as index:
    fcntl.lockf(index, fcntl.LOCK_EX, 8, 120)
    index.write(bytes(96))
    index.flush()
    print("held", flush=True)
    sys.stdin.read()
"""


def location_of(url: str) -> SqliteLocation:
    location = read_location(url)
    assert isinstance(location, SqliteLocation)
    return location


@pytest.fixture
def empty(tmp_path: Path) -> SqliteLocation:
    """A migrated file without people."""
    location = SqliteLocation(str(tmp_path / "empty.db"))
    migrate(location, NO_LOGIN)
    return location


@pytest.fixture
def store(people_database: str) -> Iterator[AccountStore]:
    stores = open_stores(read_location(people_database), NO_LOGIN)
    yield stores.accounts
    stores.close()


@contextmanager
def recovering(path: str) -> Iterator[None]:
    """Another process holds the locks of a recovery."""
    other = subprocess.Popen(
        [sys.executable, "-c", RECOVERY, f"{path}-shm"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        yield
        other.communicate()


@contextmanager
def immutable(path: Path) -> Iterator[None]:
    """Nobody may write here; permissions would not do, since root may write in spite of them."""
    chattr = shutil.which("chattr")
    if chattr is None or subprocess.run([chattr, "+i", path], check=False).returncode:
        pytest.skip("this file system has no immutable files")
    try:
        yield
    finally:
        subprocess.run([chattr, "-i", path], check=True)


def refusal_of(location: SqliteLocation) -> str:
    with pytest.raises(StoreNotReady) as refused:
        open_stores(location, NO_LOGIN)
    return str(refused.value)


def test_every_person_comes_back_as_stored(store: AccountStore) -> None:
    assert [store.account(person.user_id, Deadline(2)) for person in PEOPLE] == list(PEOPLE)
    with pytest.raises(UserNotFound):
        store.account(NOBODY, Deadline(2))


def test_locked_credentials_are_those_that_say_so(store: AccountStore) -> None:
    asked = {p.email: store.credentials_locked(p.email, Deadline(2)) for p in (ADA, LOCKED_OUT)}
    assert asked == {ADA.email: False, LOCKED_OUT.email: True}
    assert not store.credentials_locked("nobody@example.org", Deadline(2))


def test_missing_file_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    path = tmp_path / "getme.db"
    says = refusal_of(SqliteLocation(str(path)))
    assert says == f"there is no database at {path}; run: getme-server migrate"
    assert not path.exists()


def test_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    content = b"not a database, " * 100
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    location = SqliteLocation(str(path))
    assert refusal_of(location) == (
        f"{path} is not an SQLite database; GETME_STORE must name a database file"
    )
    with pytest.raises(StoreNotReady):
        migrate(location, NO_LOGIN)
    assert path.read_bytes() == content


def test_folder_is_refused(tmp_path: Path) -> None:
    assert str(tmp_path) in refusal_of(SqliteLocation(str(tmp_path)))


def test_migrate_into_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "getme.db"
    with pytest.raises(StoreNotReady, match=r"nowhere/getme\.db cannot be opened"):
        migrate(SqliteLocation(str(path)), NO_LOGIN)


@pytest.mark.parametrize("statement", [None, "CREATE TABLE t (x)"], ids=["empty", "another's"])
def test_database_without_our_tables_is_named_with_the_command_that_makes_them(
    tmp_path: Path, statement: str | None
) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database:
        if statement is None:
            path.touch()
        else:
            database.execute(statement)
    says = refusal_of(SqliteLocation(str(path)))
    assert says == f"{path} lacks getme's tables; run: getme-server migrate"


def test_database_of_a_newer_getme_is_refused(empty: SqliteLocation) -> None:
    with closing(sqlite3.connect(empty.path)) as database:
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    newer, ours = len(MIGRATIONS) + 1, len(MIGRATIONS)
    assert f"made by a newer getme (version {newer} of the tables; this one knows {ours})" in (
        refusal_of(empty)
    )


def test_read_only_file_is_named_with_what_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (x)")
    with immutable(path), pytest.raises(StoreNotReady, match=r"other\.db cannot be opened; .*writ"):
        migrate(SqliteLocation(str(path)), NO_LOGIN)


def test_read_only_folder_is_named(empty: SqliteLocation, tmp_path: Path) -> None:
    with immutable(tmp_path):
        assert str(tmp_path) in refusal_of(empty)


def test_table_that_vanishes_is_an_unavailable_store(
    store: AccountStore, people_database: str
) -> None:
    with closing(sqlite3.connect(location_of(people_database).path)) as database:
        database.execute("DROP TABLE users")
    with pytest.raises(StoreUnavailable) as refused:
        store.account(ADA.user_id, Deadline(2))
    assert refused.value.cause == "OperationalError: no such table: users"
    assert "users" not in refused.value.message


def test_readers_do_not_wait_for_a_writer(store: AccountStore, people_database: str) -> None:
    path = location_of(people_database).path
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("UPDATE users SET firstname = 'Grace'")
        with ThreadPoolExecutor(1) as new_thread:
            answers = [
                store.account(ADA.user_id, Deadline(PATIENCE)),
                new_thread.submit(store.account, ADA.user_id, Deadline(PATIENCE)).result(),
            ]
        writer.execute("ROLLBACK")
    assert answers == [ADA, ADA]


def test_change_of_another_connection_is_read_at_once(
    store: AccountStore, people_database: str
) -> None:
    assert store.account(ADA.user_id, Deadline(2)) == ADA
    with closing(sqlite3.connect(location_of(people_database).path)) as writer, writer:
        writer.execute("UPDATE users SET account_status = 'banned'")
    assert store.account(ADA.user_id, Deadline(2)).account_status == "banned"


def test_locked_file_is_an_unavailable_store_within_the_deadline(
    store: AccountStore, people_database: str
) -> None:
    with recovering(location_of(people_database).path):
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable, match="the store of accounts does not answer"):
            store.account(ADA.user_id, Deadline(PATIENCE))
        assert PATIENCE <= time.monotonic() - begun < PATIENCE + SLACK
    assert store.account(ADA.user_id, Deadline(2)) == ADA


def test_call_without_time_left_does_not_wait_for_a_locked_file(
    store: AccountStore, people_database: str
) -> None:
    with recovering(location_of(people_database).path):
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.account(ADA.user_id, Deadline(-1))
        assert time.monotonic() - begun < SLACK


def test_many_threads_read_at_once(store: AccountStore) -> None:
    def read(person: Account) -> Account:
        return store.account(person.user_id, Deadline(5))

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(read, PEOPLE * 30)) == list(PEOPLE * 30)


def test_closed_store_is_an_unavailable_one(people_database: str) -> None:
    stores = open_stores(read_location(people_database), NO_LOGIN)
    stores.close()
    with pytest.raises(StoreUnavailable):
        stores.accounts.account(ADA.user_id, Deadline(1))


def test_second_migrate_finds_nothing_to_do_and_leaves_people_alone(people_database: str) -> None:
    assert migrate(read_location(people_database), NO_LOGIN) == []
    with closing(open_stores(read_location(people_database), NO_LOGIN)) as stores:
        assert stores.accounts.account(ADA.user_id, Deadline(2)) == ADA


def test_migrate_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE user_credentials (x)")
    with pytest.raises(StoreNotReady, match="table user_credentials already exists"):
        migrate(SqliteLocation(str(path)), NO_LOGIN)
    with closing(sqlite3.connect(path)) as database:
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        assert tables == [("user_credentials",)]
        assert database.execute("PRAGMA user_version").fetchone() == (0,)


MIGRATE = """import sys
from getme_server.stores.location import CassandraLogin, read_location
from getme_server.stores.opening import migrate
print("here", flush=True); sys.stdin.readline()
print(len(migrate(read_location(sys.argv[1]), CassandraLogin(None, None))))"""


def test_of_several_migrations_at_once_one_makes_the_tables(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MIGRATE, f"sqlite:///{tmp_path / 'new.db'}"]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
    outputs = [process.communicate("\n", timeout=20)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert sorted(outputs) == ["0\n", "0\n", "0\n", f"{len(MIGRATIONS)}\n"]


def test_a_cell_that_is_no_text_is_read_with_replacements(
    store: AccountStore, people_database: str
) -> None:
    with closing(sqlite3.connect(people_database.removeprefix("sqlite:///"))) as database:
        database.execute(
            "UPDATE users SET email = CAST(x'ff41' AS TEXT) WHERE userid = ?", (str(ADA.user_id),)
        )
        database.commit()
    assert store.account(ADA.user_id, Deadline(2)).email == "\ufffdA"
