"""What a lease covers, against a model that keeps every change; and while others write it."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from getme.lease import Lease

ADA, GRACE = b"ada", b"grace"
USERS = (ADA, GRACE, b"zoe")
LONG = 1e9


def lease(*, position: int = 5, known_until: float = 0.0, most: int = 100) -> Lease[bytes]:
    made: Lease[bytes] = Lease(0.9, max_changed_users=most)
    made.gap(position)
    made.renew(known_until)
    return made


def test_nothing_is_covered_before_anything_is_known() -> None:
    assert not Lease[bytes](0.9).covers(ADA, 0, at=0.0)


@pytest.mark.parametrize(("at", "covered"), [(0.0, True), (0.89, True), (0.9, False), (9, False)])
def test_lease_ends_after_its_seconds(at: float, covered: bool) -> None:
    assert lease().covers(ADA, 5, at=at) is covered


def test_lease_never_ends_earlier_than_it_did() -> None:
    renewed = lease(known_until=10.0)
    renewed.renew(9.0)
    assert renewed.covers(ADA, 5, at=10.8)


def test_ended_lease_covers_nothing_until_it_is_renewed() -> None:
    ended = lease(known_until=10.0)
    ended.end()
    assert not ended.covers(ADA, 5, at=0.0)
    ended.renew(0.0)
    assert ended.covers(ADA, 5, at=0.0)


def test_change_voids_what_was_remembered_of_its_user_before_it_and_of_nobody_else() -> None:
    told = lease()
    told.changed(7, [ADA])
    assert [told.covers(ADA, position, at=0.0) for position in (5, 6, 7)] == [False, False, True]
    assert told.covers(GRACE, 5, at=0.0)


def test_gap_voids_all_that_was_remembered_before_it() -> None:
    told = lease()
    told.gap(7)
    assert [told.covers(ADA, position, at=0.0) for position in (6, 7)] == [False, True]


def test_one_who_is_behind_takes_no_knowledge_away() -> None:
    told = lease()
    told.changed(10, [ADA])
    told.changed(8, [GRACE])
    told.gap(7)
    assert told.position == 10
    assert not told.covers(ADA, 9, at=0.0)
    assert not told.covers(GRACE, 7, at=0.0)
    assert told.covers(b"zoe", 7, at=0.0)
    assert not told.covers(b"zoe", 6, at=0.0)


def test_too_many_changes_void_all_and_take_no_more_room() -> None:
    told = lease(most=3)
    told.changed(6, [b"%d" % n for n in range(100)])
    assert not any(told.covers(b"%d" % n, 5, at=0.0) for n in range(101))
    assert told.covers(ADA, 6, at=0.0)
    assert told.changed_since(5) is None


def test_heartbeats_void_nothing_however_many_changes_there_were() -> None:
    told = lease(most=2)
    told.changed(6, [ADA, GRACE])
    told.changed(6, [])
    told.changed(7, [])
    assert told.covers(b"zoe", 5, at=0.0)


def test_who_changed_since_is_told_as_far_as_it_is_known() -> None:
    told = lease(position=5)
    told.changed(6, [ADA])
    told.changed(7, [GRACE])
    assert told.changed_since(7) == []
    assert told.changed_since(6) == [GRACE]
    assert told.changed_since(5) == [ADA, GRACE]
    assert told.changed_since(4) is None  # before the gap
    assert told.changed_since(8) is None  # not there yet


Told = tuple[str, int, tuple[bytes, ...]]
TOLD = st.tuples(
    st.sampled_from(["changed", "changed", "changed", "gap"]),
    st.integers(0, 4),
    st.lists(st.sampled_from(USERS), max_size=3).map(tuple),
)


@given(steps=st.lists(TOLD, max_size=20), most=st.integers(1, 4))
def test_nothing_is_covered_that_a_change_came_after(steps: list[Told], most: int) -> None:
    told = lease(position=0, known_until=LONG, most=most)
    last = dict.fromkeys(USERS, 0)
    position = 0
    for kind, step, users in steps:
        position += step
        if kind == "gap":
            told.gap(position)
            last = dict.fromkeys(USERS, position)
        else:
            told.changed(position, users)
            last.update(dict.fromkeys(users, position))
        for user in USERS:
            assert told.covers(user, position, at=0.0)
            assert not any(told.covers(user, at, at=0.0) for at in range(last[user]))
            if most >= len(USERS):
                assert told.covers(user, last[user], at=0.0)


def test_no_reader_ever_relies_on_a_change_before_it_is_told() -> None:
    told = lease(most=10, known_until=LONG)
    wrong: list[int] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            position = told.position
            # Ada changes at each position: what was remembered before the last one is void.
            if told.covers(ADA, position - 1, at=0.0):
                wrong.append(position)

    told.changed(6, [ADA])
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for position in range(7, 5_000):
        told.changed(position, [ADA, b"%d" % position])
    ended.set()
    for reader in readers:
        reader.join()
    assert wrong == []
