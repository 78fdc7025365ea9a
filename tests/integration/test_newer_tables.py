"""The way back from an upgrade: this version before tables that a newer one has changed.

What a newer version adds is made up here: a step that is recorded, a table, a column in each table
that getme writes whole rows of.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import grpc

from getme_server.stores.cassandra import schema as cassandra_schema
from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.location import CassandraLocation, read_location
from getme_server.stores.sqlite import schema as sqlite_schema
from tests.accounts import CHEAP_ACCOUNTS, People, Refused, new_email
from tests.conftest import NO_LOGIN, NewStore
from tests.servers.programs import run_command, start_server

WIDENED = ("users", "user_credentials", "getme_sessions")
SAYS = (
    "was made by a newer getme (version {} of the tables; this one knows {}); install that version"
)


def signs_people_in(address: str) -> bool:
    """Whether an account can be made, signed in to and asked for."""
    email = new_email()
    with grpc.insecure_channel(address) as channel:
        people = People(channel)
        assert not isinstance(people.register(email), Refused)
        signed_in = people.login(email)
        assert not isinstance(signed_in, Refused), signed_in
        return not isinstance(people.get_me(signed_in.token), Refused)


def test_on_cassandra_an_older_server_starts_and_serves(
    tmp_path: Path, new_store: NewStore
) -> None:
    url = new_store("cassandra")
    location = read_location(url)
    assert isinstance(location, CassandraLocation)
    known = len(cassandra_schema.MIGRATIONS)
    session = connect(location, NO_LOGIN)
    try:
        session.set_keyspace(location.keyspace)
        record = "INSERT INTO getme_migrations (version, name) VALUES (%s, 'more')"
        session.execute(record, (known + 1,), timeout=60)
        for statement in (
            "CREATE TABLE getme_more (userid uuid PRIMARY KEY)",
            *(f"ALTER TABLE {table} ADD more text" for table in WIDENED),
        ):
            session.execute(statement, timeout=60)
    finally:
        session.cluster.shutdown()
    settings = CHEAP_ACCOUNTS | {"GETME_STORE": url}
    with start_server(tmp_path, settings) as server:
        assert signs_people_in(server.address)
    migrated = run_command(["getme-server", "migrate"], tmp_path, settings)
    assert migrated.returncode == 1
    assert SAYS.format(known + 1, known) in migrated.stderr


def test_on_sqlite_an_older_server_goes_on_and_does_not_start_again(
    tmp_path: Path, new_store: NewStore
) -> None:
    url = new_store("sqlite")
    known = len(sqlite_schema.MIGRATIONS)
    settings = CHEAP_ACCOUNTS | {"GETME_STORE": url}
    with start_server(tmp_path, settings) as server:
        assert signs_people_in(server.address)
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            for table in WIDENED:
                database.execute(f"ALTER TABLE {table} ADD more TEXT")
            database.execute(f"PRAGMA user_version = {known + 1}")
        assert signs_people_in(server.address)
    started = run_command(["getme-server", "serve"], tmp_path, settings)
    assert started.returncode == 1
    assert SAYS.format(known + 1, known) in started.stderr
