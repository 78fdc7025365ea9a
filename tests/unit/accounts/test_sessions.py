"""Sessions: which there are, and how they end."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from getme_server.accounts import sessions
from getme_server.accounts.errors import SessionNotFound
from getme_server.accounts.refresh_token import read_refresh_token
from getme_server.deadline import Deadline
from getme_server.errors import TokenInvalid, TokenRevoked
from tests.people import ADA, CREATOR
from tests.unit.accounts.account_rules import HERE, Rules


@pytest.fixture
def rules(people_database: str) -> Iterator[Rules]:
    rules = Rules(people_database)
    yield rules
    rules.stores.close()


def test_they_are_told_the_one_used_last_first(rules: Rules) -> None:
    first = rules.begin()
    rules.clock.now += 1
    second = read_refresh_token(rules.begin()).session_id
    told = rules.sessions.of(ADA.user_id, Deadline(5))
    assert told[0].session_id == second
    assert told[0].address == HERE.address
    assert told[0].user_agent == HERE.user_agent
    rules.clock.now += 1
    rules.refresh(first)
    told = rules.sessions.of(ADA.user_id, Deadline(5))
    assert [each.session_id for each in told] == [read_refresh_token(first).session_id, second]


def test_one_is_ended_and_the_others_go_on(rules: Rules) -> None:
    first, second = rules.begin(), rules.begin()
    ended = read_refresh_token(first).session_id
    rules.sessions.end_own(ADA.user_id, ended, Deadline(5))
    with pytest.raises(TokenRevoked):
        rules.refresh(first)
    assert rules.refresh(second)
    with pytest.raises(SessionNotFound):
        rules.sessions.end_own(ADA.user_id, ended, Deadline(5))


def test_nobody_ends_somebody_elses(rules: Rules) -> None:
    session_id = read_refresh_token(rules.begin()).session_id
    for user_id, named in ((CREATOR.user_id, session_id), (ADA.user_id, uuid4())):
        with pytest.raises(SessionNotFound):
            rules.sessions.end_own(user_id, named, Deadline(5))
    assert rules.live_sessions() == 1


def test_one_too_many_ends_the_one_used_longest_ago(rules: Rules) -> None:
    oldest = rules.begin()
    rules.clock.now += 1
    rest = [rules.begin() for _ in range(sessions.MAX_SESSIONS)]
    assert rules.live_sessions() == sessions.MAX_SESSIONS
    with pytest.raises(TokenRevoked):
        rules.refresh(oldest)
    assert rules.refresh(rest[0])


def test_a_forgotten_session_looks_like_none(rules: Rules) -> None:
    token = rules.begin()
    rules.sessions.forget_all(ADA.user_id, Deadline(5))
    assert rules.live_sessions() == 0
    with pytest.raises(TokenInvalid):
        rules.refresh(token)


def test_a_session_whose_row_was_not_removed_has_ended_all_the_same(rules: Rules) -> None:
    token = read_refresh_token(rules.begin())
    rules.revocations.end(ADA.user_id, [token.session_id], Deadline(5))
    assert rules.live_sessions() == 0
    with pytest.raises(TokenRevoked):
        rules.refresh(token.text())
