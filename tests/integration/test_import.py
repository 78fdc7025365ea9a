"""`getme-server import` on real stores of both kinds, seen through what the service then reads."""

import csv
import io
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console

from getme_server.accounts.account import Account
from getme_server.accounts.errors import UserNotFound
from getme_server.commands.import_ import run
from getme_server.csv_import.faults import ImportRefused
from getme_server.deadline import Deadline
from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.location import CassandraLocation, SqliteLocation, read_location
from getme_server.stores.opening import Stores, open_import_store, open_stores
from tests.conftest import NO_LOGIN, NewStore

KILLRVIDEO = Path(__file__).parents[3] / "shared" / "data" / "killrvideo"
PATIENCE_SECONDS = 10.0

ADA = uuid.UUID("11111111-1111-4111-8111-111111111111")
BOB = uuid.UUID("22222222-2222-4222-8222-222222222222")
NIL = uuid.UUID("33333333-3333-4333-8333-333333333333")
HEADER = "userid,created_date,email,firstname,lastname,account_status,last_login_date\n"
ADA_ROW = (
    f'{ADA},2025-04-29T03:55:08.964Z,ada@example.org,Zoë,"O\'Hara, 李",active,'
    "2025-10-21 23:04:18.055000+0000\n"
)
BOB_ROW = f"{BOB},2025-04-29T03:55:08.964Z,bob@example.org,Bob,Ross,vip,\n"
NIL_ROW = f"{NIL},,,,,,\n"
USERS = HEADER + ADA_ROW + BOB_ROW + NIL_ROW
CREDENTIALS = (
    "email,password,userid,account_locked\n"
    f"ada@example.org,hash,{ADA},False\n"
    f"bob@example.org,hash,{BOB},True\n"
)
ACCOUNTS = [
    Account(ADA, "Zoë", "O'Hara, 李", "ada@example.org", "active", 1745898908964, 1761087858055),
    Account(BOB, "Bob", "Ross", "bob@example.org", "vip", 1745898908964, None),
    Account(NIL, "", "", "", "", None, None),
]


class Target:
    """A store to import into, and to read back from as the service does."""

    def __init__(self, url: str, directory: Path) -> None:
        self.location = read_location(url)
        self._directory = directory

    def take(self, users: str, credentials: str | None = None) -> None:
        """Imports files with these contents."""
        files = [self._directory / "users.csv", self._directory / "user_credentials.csv"]
        files[0].write_text(users, encoding="utf-8")
        files[1].write_text(credentials or "", encoding="utf-8")
        credentials_file = None if credentials is None else files[1]
        run(self.location, NO_LOGIN, files[0], credentials_file, Console(file=io.StringIO()))

    def reader(self) -> closing[Stores]:
        """The stores as the service opens them."""
        return closing(open_stores(self.location, NO_LOGIN))

    def account(self, user_id: uuid.UUID) -> Account:
        """The account as the service reads it. Raises UserNotFound."""
        with self.reader() as stores:
            return stores.accounts.account(user_id, Deadline(PATIENCE_SECONDS))

    def locked(self, email: str) -> bool:
        """Whether the service finds these credentials locked."""
        with self.reader() as stores:
            return stores.accounts.credentials_locked(email, Deadline(PATIENCE_SECONDS))


@pytest.fixture(params=["sqlite", "cassandra"])
def target(request: pytest.FixtureRequest, new_store: NewStore, tmp_path: Path) -> Target:
    return Target(new_store(request.param), tmp_path)


def test_users_and_credentials_read_back_as_the_files_say(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    target.take(USERS, CREDENTIALS)
    assert [target.account(account.user_id) for account in ACCOUNTS] == ACCOUNTS
    assert not target.locked("ada@example.org")
    assert target.locked("bob@example.org")
    unknown_status, *counts = capsys.readouterr().out.splitlines()
    assert "does not know, which grants nothing and bars nobody: 1 (" in unknown_status
    assert counts == [
        "users: 3 rows, 3 added, 0 already there",
        "credentials: 2 rows, 2 added, 0 already there",
    ]


def test_importing_again_changes_nothing(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    target.take(USERS, CREDENTIALS)
    capsys.readouterr()
    target.take(USERS, CREDENTIALS)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "users: 3 rows, 0 added, 3 already there",
        "credentials: 2 rows, 0 added, 2 already there",
    ]
    assert [target.account(account.user_id) for account in ACCOUNTS] == ACCOUNTS


def test_row_that_changed_since_survives_the_next_import(target: Target) -> None:
    target.take(HEADER + ADA_ROW.replace("active", "suspended"), CREDENTIALS)
    target.take(USERS, CREDENTIALS.replace("True", "false"))
    assert target.account(ADA) == ACCOUNTS[0]._replace(account_status="suspended")
    assert target.account(BOB) == ACCOUNTS[1]
    assert target.locked("bob@example.org")


def test_bad_row_in_either_file_stops_both_before_anything_is_written(target: Target) -> None:
    with pytest.raises(ImportRefused) as refused:
        target.take(USERS, CREDENTIALS + "eve@example.org,hash,nobody,false\n")
    assert (
        str(refused.value)
        .splitlines()[0]
        .endswith(
            "user_credentials.csv: line 4, userid:"
            " must be a UUID such as 7777b733-a6b8-47e7-83ad-bc2739ae9954"
        )
    )
    assert str(refused.value).splitlines()[1:] == ["nothing was written"]
    with pytest.raises(UserNotFound):
        target.account(ADA)


def test_first_twenty_bad_rows_of_each_file_are_named(target: Target) -> None:
    with pytest.raises(ImportRefused) as refused:
        target.take(USERS + "x\n" * 23, "email,password\n")
    lines = [line.partition(".csv: ")[2] for line in str(refused.value).splitlines()]
    assert lines[:20] == [
        f"line {number}: has 1 cell, and the header names 7 columns" for number in range(5, 25)
    ]
    assert lines[20] == "and 3 more bad rows"
    assert lines[21].startswith("line 1: lacks the columns userid, account_locked; the first line")


def test_file_without_rows_is_no_fault(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    target.take(HEADER)
    assert capsys.readouterr().out == "users: 0 rows, 0 added, 0 already there\n"


def test_columns_that_nobody_keeps_are_noted(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    target.take(HEADER.replace("\n", ",\x1b[2J\n") + ADA_ROW.replace("\n", ",x\n"))
    assert "that getme does not keep are left out: '\\x1b[2J'\n" in capsys.readouterr().out
    assert target.account(ADA) == ACCOUNTS[0]


def test_several_chunks_of_rows_arrive_whole(target: Target) -> None:
    ids = [uuid.UUID(int=number) for number in range(4_321)]
    target.take(HEADER + "".join(f"{user_id},,,Ada,,,\n" for user_id in ids[::2]))
    target.take(HEADER + "".join(f"{user_id},,,Bob,,,\n" for user_id in ids))
    with target.reader() as stores:
        names = [
            stores.accounts.account(user_id, Deadline(PATIENCE_SECONDS)).firstname
            for user_id in ids
        ]
    assert names == ["Ada", "Bob"] * 2_160 + ["Ada"]


def test_empty_cells_are_stored_as_nulls(target: Target) -> None:
    target.take(USERS)
    assert list(_raw_rows(target, NIL)) == [(None, None, None, None)]


@pytest.mark.skipif(not KILLRVIDEO.is_dir(), reason="KillrVideo's sample data is not beside us")
def test_killrvideo_sample_users_read_back_equal_to_their_file(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    users, credentials = KILLRVIDEO / "users.csv", KILLRVIDEO / "user_credentials.csv"
    run(target.location, NO_LOGIN, users, credentials, Console(file=io.StringIO()))
    assert capsys.readouterr().out.splitlines() == [
        "users: 150 rows, 150 added, 0 already there",
        "credentials: 150 rows, 150 added, 0 already there",
    ]
    with users.open(encoding="utf-8", newline="") as file, target.reader() as stores:
        for row in csv.DictReader(file):
            account = stores.accounts.account(uuid.UUID(row["userid"]), Deadline(PATIENCE_SECONDS))
            assert account[1:5] == (
                row["firstname"],
                row["lastname"],
                row["email"],
                row["account_status"],
            )
            assert account[5:] == (_unix(row["created_date"]), _unix(row["last_login_date"]))
    with credentials.open(encoding="utf-8", newline="") as file, target.reader() as stores:
        locked = [
            stores.accounts.credentials_locked(row["email"], Deadline(PATIENCE_SECONDS))
            for row in csv.DictReader(file)
        ]
    assert locked.count(True) == 7


def test_progress_is_drawn_on_a_terminal_only(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text(USERS, encoding="utf-8")
    terminal, pipe = io.StringIO(), io.StringIO()
    run(target.location, NO_LOGIN, path, None, Console(file=terminal, force_terminal=True))
    run(target.location, NO_LOGIN, path, None, Console(file=pipe))
    assert "checking users.csv" in terminal.getvalue()
    assert "writing users.csv" in terminal.getvalue()
    assert pipe.getvalue() == ""


def test_user_deleted_since_the_import_began_stays_deleted(new_store: NewStore) -> None:
    location = read_location(new_store("cassandra"))
    assert isinstance(location, CassandraLocation)
    with open_import_store(location, NO_LOGIN) as store:
        session = connect(location, NO_LOGIN)
        session.execute(f"DELETE FROM {location.keyspace}.users WHERE userid = {ADA}")  # noqa: S608
        session.cluster.shutdown()
        store.add_accounts(ACCOUNTS)
    with closing(open_stores(location, NO_LOGIN)) as reader:
        assert reader.accounts.account(BOB, Deadline(PATIENCE_SECONDS)) == ACCOUNTS[1]
        with pytest.raises(UserNotFound):
            reader.accounts.account(ADA, Deadline(PATIENCE_SECONDS))


def test_store_that_fails_on_the_way_is_told_in_a_line_and_keeps_no_half_file(
    new_store: NewStore, tmp_path: Path
) -> None:
    target = Target(new_store("sqlite"), tmp_path)
    assert isinstance(target.location, SqliteLocation)
    with closing(sqlite3.connect(target.location.path)) as database:
        database.execute(
            "CREATE TRIGGER fault BEFORE INSERT ON users WHEN NEW.firstname = 'Bob'"
            " BEGIN SELECT RAISE(ABORT, 'the disk is broken'); END"
        )
    with pytest.raises(ImportRefused, match=r"the store failed .*the disk is broken.* again"):
        target.take(USERS)
    with pytest.raises(UserNotFound):
        target.account(ADA)


def _raw_rows(target: Target, user_id: uuid.UUID) -> Iterator[tuple[object, ...]]:
    query = "SELECT firstname, email, account_status, created_date FROM {}users WHERE userid = {}"
    if isinstance(target.location, SqliteLocation):
        with closing(sqlite3.connect(target.location.path)) as database:
            yield from database.execute(query.format("", f"'{user_id}'"))
    else:
        session = connect(target.location, NO_LOGIN)
        yield from session.execute(query.format(f"{target.location.keyspace}.", user_id))
        session.cluster.shutdown()


def _unix(date: str) -> int | None:
    return round(datetime.fromisoformat(date).timestamp() * 1000) if date else None
