"""What every store of sessions must do: one suite, run on SQLite and on a real Cassandra."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from getme_server.accounts.session import Session
from getme_server.accounts.session_store import SessionStore
from getme_server.deadline import Deadline
from getme_server.stores.location import Location, read_location
from getme_server.stores.opening import open_stores
from tests.conftest import NO_LOGIN, NewStore
from tests.integration.races import THREADS, assert_one_won, race

SECONDS = 30
DAY = 86_400.0
LONG = "\u00e9" * 32_768  # 64 KiB of UTF-8


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def location(request: pytest.FixtureRequest, new_store: NewStore) -> Location:
    """A store that these tests share; each has users of its own."""
    return read_location(new_store(request.param))


@pytest.fixture(scope="module")
def store(location: Location) -> Iterator[SessionStore]:
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores.sessions


@pytest.fixture(scope="module")
def other_process(location: Location) -> Iterator[SessionStore]:
    """The same store, opened once more."""
    with closing(open_stores(location, NO_LOGIN)) as stores:
        yield stores.sessions


def new_session(user_id: UUID | None = None) -> Session:
    """A session of the first generation, of a user of its own where none is named."""
    now = time.time() + 0.1234567
    return Session(
        user_id or uuid4(),
        uuid4(),
        created=now,
        ends=now + 90 * DAY,
        last_used=now,
        address="2001:db8::1",
        user_agent="Mozilla/5.0 \U0001f600",
        generation=0,
        secret_hash=bytes(range(32)),
        previous_hash=b"",
        salt=b"",
    )


def used(session: Session, secret: bytes = b"\xff" * 32) -> Session:
    """The session after its refresh token was replaced."""
    return session._replace(
        last_used=session.last_used + 60,
        address="",
        user_agent="",
        generation=session.generation + 1,
        secret_hash=secret,
        previous_hash=session.secret_hash,
        salt=b"\x00salt",
    )


def added(store: SessionStore, session: Session) -> Session:
    store.add(session, Deadline(SECONDS))
    return session


def read(store: SessionStore, session: Session) -> Session | None:
    return store.session(session.user_id, session.session_id, Deadline(SECONDS))


def replace(store: SessionStore, session: Session, generation: int) -> bool:
    return store.replace(session, generation=generation, deadline=Deadline(SECONDS))


def all_of(store: SessionStore, user_id: UUID) -> set[Session]:
    sessions = store.sessions_of(user_id, Deadline(SECONDS))
    assert len(sessions) == len(set(sessions))
    return set(sessions)


def test_session_is_read_as_it_was_added(store: SessionStore, other_process: SessionStore) -> None:
    session = added(store, new_session())
    assert read(store, session) == session
    assert read(other_process, session) == session


@pytest.mark.parametrize("generation", [0, 2**40])
def test_long_text_and_any_generation_are_kept(store: SessionStore, generation: int) -> None:
    session = new_session()._replace(user_agent=LONG, address="", generation=generation)
    added(store, session)
    assert read(store, session) == session
    assert all_of(store, session.user_id) == {session}


def test_session_of_nobody_is_none(store: SessionStore) -> None:
    session = added(store, new_session())
    assert read(store, new_session()) is None
    assert read(store, new_session(session.user_id)) is None
    assert read(store, session._replace(user_id=uuid4())) is None
    assert all_of(store, uuid4()) == set()


def test_session_that_is_added_again_stays_as_it_is(store: SessionStore) -> None:
    session = added(store, new_session())
    assert replace(store, used(session), 0)
    added(store, session)
    assert read(store, session) == used(session)


def test_all_sessions_of_a_user_are_told_and_no_others(store: SessionStore) -> None:
    user_id = uuid4()
    sessions = {added(store, new_session(user_id)) for _ in range(100)}
    added(store, new_session())
    assert all_of(store, user_id) == sessions


def test_session_is_replaced_whole(store: SessionStore, other_process: SessionStore) -> None:
    session, neighbour = added(store, new_session()), new_session()
    neighbour = added(store, neighbour._replace(user_id=session.user_id))
    latest = session
    for generation in range(3):
        latest = used(latest, bytes([generation]) * 32)._replace(ends=session.ends + generation)
        assert replace(other_process, latest, generation)
        assert read(store, session) == latest
    assert all_of(store, session.user_id) == {latest, neighbour}


@pytest.mark.parametrize("generation", [-1, 0, 2])
def test_session_of_another_generation_is_not_replaced(
    store: SessionStore, generation: int
) -> None:
    session = added(store, new_session()._replace(generation=1))
    assert not replace(store, used(session), generation)
    assert read(store, session) == session


def test_session_that_is_gone_is_not_replaced_and_not_made(store: SessionStore) -> None:
    never = new_session()
    removed = added(store, new_session())
    store.remove(removed.user_id, [removed.session_id], Deadline(SECONDS))
    for gone in (never, removed):
        assert not replace(store, used(gone), gone.generation)
        assert read(store, gone) is None
        assert all_of(store, gone.user_id) == set()


def test_of_many_who_replace_one_generation_one_wins(
    store: SessionStore, other_process: SessionStore
) -> None:
    session = added(store, new_session())
    rivals = [used(session, bytes([number]) * 32) for number in range(THREADS)]

    def replaces(number: int) -> bool:
        return replace((store, other_process)[number % 2], rivals[number], session.generation)

    outcomes = race(replaces)
    found = read(store, session)
    assert found is not None
    assert_one_won(outcomes, winner=rivals.index(found))


def test_session_that_is_removed_while_it_is_replaced_is_gone(
    store: SessionStore, other_process: SessionStore
) -> None:
    for _ in range(10):
        session = added(store, new_session())
        together = Barrier(2)

        def replaces(session: Session = session, together: Barrier = together) -> None:
            together.wait(SECONDS)
            replace(store, used(session), session.generation)

        def removes(session: Session = session, together: Barrier = together) -> None:
            together.wait(SECONDS)
            other_process.remove(session.user_id, [session.session_id], Deadline(SECONDS))

        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(replaces), pool.submit(removes)]:
                future.result()
        assert read(store, session) is None


def test_sessions_are_removed_and_others_are_not(store: SessionStore) -> None:
    user_id = uuid4()
    gone = [added(store, new_session(user_id)) for _ in range(3)]
    kept = added(store, new_session(user_id))
    store.remove(user_id, [one.session_id for one in gone[:2]], Deadline(SECONDS))
    assert all_of(store, user_id) == {gone[2], kept}
    # The first are gone already, and one was never there.
    ids = [*(one.session_id for one in gone), uuid4()]
    store.remove(user_id, ids, Deadline(SECONDS))
    store.remove(user_id, [], Deadline(SECONDS))
    store.remove(uuid4(), [kept.session_id], Deadline(SECONDS))
    assert all_of(store, user_id) == {kept}
    assert read(store, gone[0]) is None


def test_hundreds_of_sessions_are_removed_at_once(store: SessionStore) -> None:
    user_id = uuid4()
    with ThreadPoolExecutor(4) as pool:
        sessions = list(pool.map(lambda _: added(store, new_session(user_id)), range(300)))
    assert all_of(store, user_id) == set(sessions)
    store.remove(user_id, [one.session_id for one in sessions], Deadline(SECONDS))
    assert all_of(store, user_id) == set()


@pytest.mark.parametrize("ago", [0.0, DAY / 2], ids=["now", "half a day ago"])
def test_session_that_has_just_ended_is_kept(store: SessionStore, ago: float) -> None:
    session = added(store, new_session()._replace(ends=time.time() - ago))
    added(store, new_session())
    assert read(store, session) == session
