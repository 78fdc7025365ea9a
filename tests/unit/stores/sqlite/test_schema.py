"""What is to be done to a file, told without doing it, and what a server says of an old one."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import SqliteLocation
from getme_server.stores.sqlite.schema import MIGRATIONS, migrate, pending, require_current
from tests.servers.programs import run_command

STEPS = range(1, len(MIGRATIONS) + 1)


@pytest.fixture
def location(tmp_path: Path) -> SqliteLocation:
    """A file that is not there."""
    return SqliteLocation(str(tmp_path / "getme.db"))


def set_version(location: SqliteLocation, version: int) -> None:
    with closing(sqlite3.connect(location.path)) as database:
        database.execute(f"PRAGMA user_version = {version}")


def make_first_step(location: SqliteLocation) -> None:
    with closing(sqlite3.connect(location.path)) as database:
        for statement in MIGRATIONS[0]:
            database.execute(statement)
    set_version(location, 1)


def test_missing_file_is_told_and_not_made(location: SqliteLocation) -> None:
    assert pending(location).changes == [
        f"database {location.path} would be made",
        *(f"migration {number} would be applied to {location.path}" for number in STEPS),
    ]
    assert not Path(location.path).exists()


def test_older_file_is_told_what_it_lacks_and_not_changed(location: SqliteLocation) -> None:
    make_first_step(location)
    before = Path(location.path).read_bytes()
    assert pending(location).changes == [
        f"migration {number} would be applied to {location.path}" for number in STEPS[1:]
    ]
    assert Path(location.path).read_bytes() == before
    assert migrate(location) == [
        f"migration {number} applied to {location.path}" for number in STEPS[1:]
    ]
    assert pending(location) == ([], [])


def test_server_names_what_an_older_file_needs(location: SqliteLocation) -> None:
    make_first_step(location)
    with pytest.raises(StoreNotReady) as refused:
        require_current(location)
    assert str(refused.value) == (
        f"{location.path} was made by an older getme (version 1 of the tables; this one needs"
        f" {len(MIGRATIONS)}); run: getme-server migrate"
    )


def test_newer_file_is_refused_by_a_look_too(location: SqliteLocation) -> None:
    migrate(location)
    set_version(location, len(MIGRATIONS) + 1)
    with pytest.raises(StoreNotReady, match="was made by a newer getme"):
        pending(location)


def test_check_exits_with_one_until_migrate_was_run(tmp_path: Path) -> None:
    settings = {"GETME_STORE": "sqlite:///getme.db"}
    commands = [["--check"], [], ["--check"]]
    results = [
        run_command(["getme-server", "migrate", *options], tmp_path, settings)
        for options in commands
    ]
    assert [result.returncode for result in results] == [1, 0, 0], results
    told = [f"migration {number} would be applied to getme.db\n" for number in STEPS]
    assert results[0].stdout == "".join(["database getme.db would be made\n", *told])
    assert results[2].stdout == "nothing to do: all tables are there\n"
