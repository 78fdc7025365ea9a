"""Refresh tokens: used once, again in the time of grace, and by a thief."""

from collections.abc import Iterator

import pytest

from getme_server.accounts.attempts import Attempt
from getme_server.accounts.audit import Action
from getme_server.accounts.errors import AccountSuspended
from getme_server.accounts.refresh import GRACE_SECONDS
from getme_server.accounts.refresh_token import read_refresh_token
from getme_server.deadline import Deadline
from getme_server.errors import TokenExpired, TokenInvalid, TokenRevoked
from tests.people import ADA
from tests.unit.accounts.account_rules import HERE, IDLE_SECONDS, LONGEST_SECONDS, Rules


@pytest.fixture
def rules(people_database: str) -> Iterator[Rules]:
    rules = Rules(people_database)
    yield rules
    rules.stores.close()


def test_each_token_gets_the_next_one(rules: Rules) -> None:
    first = rules.begin()
    second = rules.refresh(first)
    third = rules.refresh(second)
    assert len({first, second, third}) == 3
    assert rules.live_sessions() == 1


def test_within_the_grace_the_token_before_gets_the_same_successor(rules: Rules) -> None:
    first = rules.begin()
    second = rules.refresh(first)
    rules.clock.now += GRACE_SECONDS
    assert rules.refresh(first) == second
    assert rules.refresh(second) != second
    assert Action.REFRESH_TOKEN_REUSED not in rules.audit.actions


def test_after_the_grace_it_ends_the_session(rules: Rules) -> None:
    first = rules.begin()
    second = rules.refresh(first)
    rules.clock.now += GRACE_SECONDS + 0.1
    with pytest.raises(TokenRevoked):
        rules.refresh(first)
    assert rules.audit.actions == [Action.REFRESH_TOKEN_REUSED]
    with pytest.raises(TokenRevoked):
        rules.refresh(second)
    assert rules.live_sessions() == 0


def test_a_token_whose_successor_was_used_ends_the_session_at_once(rules: Rules) -> None:
    first = rules.begin()
    third = rules.refresh(rules.refresh(first))
    with pytest.raises(TokenRevoked):
        rules.refresh(first)
    with pytest.raises(TokenRevoked):
        rules.refresh(third)


def test_who_knows_a_session_id_cannot_end_the_session(rules: Rules) -> None:
    first = read_refresh_token(rules.begin())
    made_up = first._replace(family=first.session_id.bytes * 2)
    with pytest.raises(TokenInvalid):
        rules.refresh(made_up.text())
    with pytest.raises(TokenInvalid):
        rules.refresh(first._replace(user_id=first.session_id).text())
    assert rules.refresh(first.text())


def test_another_session_goes_on(rules: Rules) -> None:
    stolen, other = rules.begin(), rules.begin()
    rules.refresh(rules.refresh(stolen))
    with pytest.raises(TokenRevoked):
        rules.refresh(stolen)
    assert rules.refresh(other)


def test_a_session_that_is_not_used_expires(rules: Rules) -> None:
    first = rules.begin()
    rules.clock.now += IDLE_SECONDS - 1
    second = rules.refresh(first)
    rules.clock.now += IDLE_SECONDS
    with pytest.raises(TokenExpired):
        rules.refresh(second)
    assert rules.live_sessions() == 0


def test_a_session_ends_however_often_it_is_used(rules: Rules) -> None:
    token = rules.begin()
    for _ in range(int(LONGEST_SECONDS / IDLE_SECONDS * 2) - 1):
        rules.clock.now += IDLE_SECONDS / 2
        token = rules.refresh(token)
    rules.clock.now += IDLE_SECONDS / 2
    with pytest.raises(TokenExpired):
        rules.refresh(token)


def test_a_suspended_user_gets_nothing_and_keeps_the_session(rules: Rules) -> None:
    token = rules.begin()
    suspended = ADA._replace(account_status="suspended")
    assert rules.stores.accounts.set_status(ADA, "suspended", Deadline(5))
    with pytest.raises(AccountSuspended):
        rules.refresh(token)
    assert rules.stores.accounts.set_status(suspended, "active", Deadline(5))
    assert rules.refresh(token)


def test_who_may_have_a_token_is_read_from_the_store_each_time(rules: Rules) -> None:
    rules.refresh(rules.begin())
    assert rules.standings.staleness == [0]


def test_a_session_from_before_all_tokens_were_revoked_has_ended(rules: Rules) -> None:
    token = rules.begin()
    rules.clock.now += 1
    rules.revocations.revoke_all_of(ADA.user_id, Deadline(5))
    with pytest.raises(TokenRevoked):
        rules.refresh(token)
    rules.clock.now += 1
    assert rules.refresh(rules.begin())


def test_each_try_is_counted_for_its_address(rules: Rules) -> None:
    rules.refresh(rules.begin())
    assert rules.limits.taken == [(Attempt.REFRESH, HERE.address, "")]
