"""What only Cassandra's store of revocations does: time to live, its tables, its keyspace."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from cassandra.cluster import Session

from getme_server.change_log import Change
from getme_server.deadline import Deadline
from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.cassandra.schema import MIGRATIONS
from getme_server.stores.cassandra.time_to_live import MAX_TTL_SECONDS
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.location import CassandraLocation, read_location
from getme_server.stores.opening import Stores, migrate, open_stores
from getme_server.tokens.revocation import Revoked
from tests.conftest import NO_LOGIN, NewStore

SECONDS = 30
KEY = bytes(range(32))
MOMENT = 1_764_000_000.5
KEYSPACE = "getme_before_revocations"


@pytest.fixture(scope="module")
def location(new_store: NewStore) -> CassandraLocation:
    location = read_location(new_store("cassandra"))
    assert isinstance(location, CassandraLocation)
    return location


@pytest.fixture(scope="module")
def session(location: CassandraLocation) -> Iterator[Session]:
    session = connect(location, NO_LOGIN)
    session.set_keyspace(location.keyspace)
    yield session
    session.cluster.shutdown()


@pytest.fixture(scope="module")
def stores(location: CassandraLocation) -> Iterator[Stores]:
    stores = open_stores(location, NO_LOGIN)
    yield stores
    stores.close()


@pytest.fixture(params=["NetworkTopologyStrategy", "SimpleStrategy"])
def older(
    request: pytest.FixtureRequest, location: CassandraLocation, session: Session
) -> Iterator[CassandraLocation]:
    """A keyspace that has KillrVideo's tables and none of ours."""
    copies = "'dc1'" if request.param == "NetworkTopologyStrategy" else "'replication_factor'"
    replication = f"{{'class': '{request.param}', {copies}: 1}}"
    session.execute(f"CREATE KEYSPACE {KEYSPACE} WITH replication = {replication}", timeout=60)
    for table, columns in (
        ("users", "userid uuid PRIMARY KEY, created_date timestamp, email text, firstname text,"),
        ("user_credentials", "email text PRIMARY KEY, password text, userid uuid,"),
    ):
        more = "lastname text, account_status text, last_login_date timestamp"
        rest = more if table == "users" else "account_locked boolean"
        session.execute(f"CREATE TABLE {KEYSPACE}.{table} ({columns} {rest})", timeout=60)
    yield location._replace(keyspace=KEYSPACE)
    session.execute(f"DROP KEYSPACE {KEYSPACE}", timeout=60)


def rows(session: Session, cql: str, *values: Any) -> list[tuple[Any, ...]]:
    return list(session.execute(cql, values))


@pytest.mark.parametrize(
    ("keep_seconds", "ttl"),
    [
        pytest.param(0.2, 1, id="a part of a second is a whole one"),
        pytest.param(5_000.5, 5_001, id="seconds are rounded up"),
        pytest.param(MAX_TTL_SECONDS, MAX_TTL_SECONDS, id="a year"),
        pytest.param(MAX_TTL_SECONDS + 1, None, id="longer is for ever"),
        pytest.param(None, None, id="for ever"),
    ],
)
def test_a_moment_is_kept_as_long_as_is_asked(
    stores: Stores, session: Session, keep_seconds: float | None, ttl: int | None
) -> None:
    user = uuid4()
    stores.revocations.revoke_user_tokens(
        user, MOMENT, Deadline(SECONDS), keep_seconds=keep_seconds
    )
    found = rows(session, "SELECT TTL(issued_before) FROM getme_revocations WHERE userid=%s", user)
    if ttl == 1 and not found:
        return  # gone already, as it should be
    ((left,),) = found
    assert left is None if ttl is None else ttl - SECONDS <= left <= ttl


def test_a_token_lives_no_longer_than_is_asked(stores: Stores) -> None:
    user = uuid4()
    stores.revocations.revoke_tokens(user, [KEY], Deadline(SECONDS), keep_seconds=0.1)
    ends = Deadline(SECONDS)
    while stores.revocations.revoked(user, [KEY], Deadline(SECONDS)).keys:
        assert ends.remaining(), "it did not expire"


def test_migrate_adds_to_a_keyspace_what_is_missing(
    older: CassandraLocation, session: Session
) -> None:
    person = uuid4()
    insert = "INSERT INTO getme_before_revocations.users (userid, firstname) VALUES (%s, 'Ada')"
    rows(session, insert, person)
    with pytest.raises(StoreNotReady, match="run: getme-server migrate"):
        open_stores(older, NO_LOGIN)
    assert migrate(older, NO_LOGIN) == [
        f"table {KEYSPACE}.{table} created"
        for table in ("login_attempts", *MIGRATIONS[1].tables, *MIGRATIONS[2].tables)
    ]
    stores = open_stores(older, NO_LOGIN)
    try:
        assert stores.accounts.account(person, Deadline(SECONDS)).firstname == "Ada"
        assert_revokes(stores, uuid4())
    finally:
        stores.close()


def assert_revokes(stores: Stores, user: UUID) -> None:
    stores.revocations.revoke_tokens(user, [KEY], Deadline(SECONDS), keep_seconds=60)
    stores.revocations.revoke_user_tokens(user, MOMENT, Deadline(SECONDS), keep_seconds=60)
    known = stores.revocations.revoked(user, [KEY], Deadline(SECONDS))
    assert known == Revoked(frozenset([KEY]), issued_before=MOMENT)
    assert stores.changes.after(0, Deadline(SECONDS)) == [Change(1, user), Change(2, user)]


@pytest.mark.parametrize("consistency", ["ONE", "LOCAL_ONE", "QUORUM", "ALL", "EACH_QUORUM"])
def test_a_url_may_name_any_consistency(location: CassandraLocation, consistency: str) -> None:
    stores = open_stores(location._replace(consistency=consistency), NO_LOGIN)
    user = uuid4()
    try:
        stores.revocations.revoke_tokens(user, [KEY], Deadline(SECONDS), keep_seconds=60)
        assert stores.revocations.revoked(user, [KEY], Deadline(SECONDS)).keys
        last = stores.changes.head(Deadline(SECONDS)).position
        assert stores.changes.after(last - 1, Deadline(SECONDS))[0].user_id == user
    finally:
        stores.close()
