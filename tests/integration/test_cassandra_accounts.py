"""What only Cassandra's stores of accounts do: time to live, columns of others, consistency."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.errors import EmailTaken
from getme_server.accounts.session import Session
from getme_server.deadline import Deadline
from getme_server.stores.cassandra.session_store import KEPT_AFTER_END_SECONDS
from getme_server.stores.location import CassandraLocation, read_location
from getme_server.stores.opening import Stores, open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.integration.tables import Tables, tables_of
from tests.rivals import person_with
from tests.waiting import until

SECONDS = 30
MONTH = 30 * 86_400.0
# Their names come first and last of all columns.
OTHERS_COLUMNS = ("aaa_roles set<text>", "zzz_birthday timestamp")
ODD_DATE = 2**62  # the driver cannot decode it
USUAL_DATE = 1_764_000_000_000


@pytest.fixture(scope="module")
def location(new_store: NewStore) -> CassandraLocation:
    location = read_location(new_store("cassandra"))
    assert isinstance(location, CassandraLocation)
    return location


@pytest.fixture(scope="module")
def tables(location: CassandraLocation) -> Iterator[Tables]:
    with tables_of(location) as tables:
        yield tables


@pytest.fixture(scope="module")
def stores(location: CassandraLocation) -> Iterator[Stores]:
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores


def session_of(life: float) -> Session:
    now = time.time()
    return Session(uuid4(), uuid4(), now, now + life, now, "::1", "", 0, b"1", b"", b"")


def used(session: Session, life: float) -> Session:
    return session._replace(
        generation=session.generation + 1, ends=time.time() + life, secret_hash=b"2", salt=b"3"
    )


def put(stores: Stores, session: Session) -> None:
    stores.sessions.add(session, Deadline(SECONDS))


def replace(stores: Stores, session: Session) -> bool:
    generation = session.generation - 1
    return stores.sessions.replace(session, generation=generation, deadline=Deadline(SECONDS))


def seconds_left(tables: Tables, session: Session) -> set[Any]:
    """For how long each of its cells is kept."""
    columns = "created ends last_used address user_agent generation secret_hash previous_hash salt"
    cells = ", ".join(f"TTL({column})" for column in columns.split())
    ask = f"SELECT {cells} FROM getme_sessions"  # noqa: S608
    (left,) = tables(f"{ask} WHERE userid = ?", session.user_id)
    return set(left)


def test_every_cell_of_a_session_is_kept_a_day_beyond_its_end(
    stores: Stores, tables: Tables
) -> None:
    session = session_of(MONTH)
    put(stores, session)
    due = MONTH + KEPT_AFTER_END_SECONDS
    assert all(due - SECONDS < left <= due + 1 for left in seconds_left(tables, session))
    session = used(session, 2 * MONTH)
    assert replace(stores, session)
    assert all(left > due + MONTH - SECONDS for left in seconds_left(tables, session))


def test_session_is_gone_whole_a_day_after_its_end(stores: Stores, tables: Tables) -> None:
    session = session_of(MONTH)
    put(stores, session)
    ended = used(session, -KEPT_AFTER_END_SECONDS)
    assert replace(stores, ended)

    def is_gone() -> bool:
        return tables("SELECT * FROM getme_sessions WHERE userid = ?", session.user_id) == []

    assert until(is_gone)
    assert stores.sessions.sessions_of(session.user_id, Deadline(SECONDS)) == []
    found = stores.sessions.session(session.user_id, session.session_id, Deadline(SECONDS))
    assert found is None
    assert not replace(stores, used(ended, MONTH))


def exercise(stores: Stores, account: Account, credentials: Credentials, tables: Tables) -> None:
    """Every change of an account, refused and carried out."""
    accounts, keeper = stores.accounts, stores.credentials
    other = account._replace(firstname="Another", account_status="gold-member")
    assert accounts.update_names(other, "a", "b", Deadline(SECONDS)) is None
    assert not accounts.set_status(other, "suspended", Deadline(SECONDS))
    assert not keeper.replace_password(
        credentials._replace(password="another"), "new", Deadline(SECONDS)
    )
    assert not keeper.add(credentials, Deadline(SECONDS))
    rival, its_credentials = person_with(account.email)
    with pytest.raises(EmailTaken):
        accounts.create(rival, its_credentials, Deadline(SECONDS))
    accounts.create(account, credentials, Deadline(SECONDS))
    changed = accounts.update_names(account, "Augusta", "King", Deadline(SECONDS))
    assert changed == account._replace(firstname="Augusta", lastname="King")
    assert accounts.set_status(changed, "suspended", Deadline(SECONDS))
    accounts.record_sign_in(account.user_id, 1, Deadline(SECONDS))
    assert accounts.accounts([account.user_id], Deadline(SECONDS)) == [
        changed._replace(account_status="suspended", last_login_date=1)
    ]
    assert keeper.replace_password(credentials, "new", Deadline(SECONDS))
    assert keeper.set_locked(account.email, locked=True, deadline=Deadline(SECONDS))
    locked = credentials._replace(password="new", account_locked=True)
    assert keeper.credentials(account.email, Deadline(SECONDS)) == locked
    assert others_cells(tables, account) == [({"uploader"},)]
    keeper.remove(account.email, account.user_id, Deadline(SECONDS))
    accounts.remove(account.user_id, Deadline(SECONDS))
    assert others_cells(tables, account) == []


def others_cells(tables: Tables, account: Account) -> list[tuple[Any, ...]]:
    return [
        (set(roles),)
        for (roles,) in tables("SELECT aaa_roles FROM users WHERE userid = ?", account.user_id)
    ]


def test_columns_that_others_add_do_no_harm_and_are_kept(new_store: NewStore) -> None:
    location = read_location(new_store("cassandra"))
    with tables_of(location) as tables, closing(open_stores(location, NO_LOGIN)) as before:
        for column in OTHERS_COLUMNS:
            tables(f"ALTER TABLE users ADD {column}")
            tables(f"ALTER TABLE user_credentials ADD {column}")
        tables("ALTER TABLE login_attempts ADD aaa_views counter")
        with closing(open_stores(location, NO_LOGIN)) as after:
            for stores in (before, after):
                account, credentials = person_with(f"{uuid4()}@example.org")
                stores.accounts.create(account, credentials, Deadline(SECONDS))
                fill_others_columns(tables, account)
                exercise(stores, account, credentials, tables)


def fill_others_columns(tables: Tables, account: Account) -> None:
    for table, key, value, date in (
        ("users", "userid", account.user_id, ODD_DATE),
        ("user_credentials", "email", account.email, USUAL_DATE),
    ):
        change = f"UPDATE {table} SET aaa_roles = ?, zzz_birthday = ? WHERE {key} = ?"  # noqa: S608
        tables(change, {"uploader"}, date, value)


@pytest.mark.parametrize("consistency", ["ONE", "LOCAL_ONE", "QUORUM", "ALL", "EACH_QUORUM"])
def test_a_url_may_name_any_consistency(
    location: CassandraLocation, tables: Tables, consistency: str
) -> None:
    with closing(open_stores(location._replace(consistency=consistency), NO_LOGIN)) as stores:
        account, credentials = person_with(f"{uuid4()}@example.org")
        stores.accounts.create(account, credentials, Deadline(SECONDS))
        assert stores.accounts.set_status(account, "moderator", Deadline(SECONDS))
        assert account.user_id in stores.accounts.moderators(Deadline(SECONDS))
        stores.credentials.count_failed_attempt(account.email, Deadline(SECONDS))
        ask = "SELECT failed_attempts FROM login_attempts WHERE email = ?"
        assert tables(ask, account.email) == [(1,)]
        session = session_of(MONTH)
        put(stores, session)
        assert replace(stores, used(session, MONTH))
        ids = [session.session_id]
        stores.sessions.remove(session.user_id, ids, Deadline(SECONDS))
        assert stores.sessions.sessions_of(session.user_id, Deadline(SECONDS)) == []
        stores.credentials.remove(account.email, account.user_id, Deadline(SECONDS))
        assert stores.credentials.credentials(account.email, Deadline(SECONDS)) is None
