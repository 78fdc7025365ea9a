"""The end of an account by its owner, and what a call that was cut off leaves."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from getme_server.accounts.account import Credentials
from getme_server.accounts.errors import BadCredentials, LastModerator, UserNotFound
from getme_server.deadline import Deadline
from getme_server.errors import TokenInvalid
from tests.people import ADA, MODERATOR
from tests.unit.accounts.account_rules import HERE, PASSWORD, Rules


@pytest.fixture
def rules(people_database: str) -> Iterator[Rules]:
    rules = Rules(people_database)
    yield rules
    rules.stores.close()


def remove(rules: Rules, password: str = PASSWORD) -> None:
    rules.own_removal.remove(ADA, password, HERE, Deadline(5))


def assert_gone(rules: Rules) -> None:
    with pytest.raises(UserNotFound):
        rules.stores.accounts.account(ADA.user_id, Deadline(5))
    assert rules.stores.credentials.credentials(ADA.email, Deadline(5)) is None
    assert rules.stores.sessions.sessions_of(ADA.user_id, Deadline(5)) == []
    assert not rules.stores.accounts.removal_begun(ADA.user_id, Deadline(5))


def test_nothing_is_left_and_the_address_is_free(rules: Rules) -> None:
    token = rules.sign_in()
    remove(rules)
    assert_gone(rules)
    with pytest.raises(TokenInvalid):
        rules.refresh(token)
    with pytest.raises(BadCredentials):
        rules.sign_in()
    again = ADA._replace(user_id=uuid4())
    made = Credentials(ADA.email, rules.hasher.hash(PASSWORD), again.user_id, account_locked=False)
    rules.stores.accounts.create(again, made, Deadline(5))
    assert rules.sign_in()


def test_a_wrong_password_removes_nothing(rules: Rules) -> None:
    token = rules.sign_in()
    with pytest.raises(BadCredentials):
        remove(rules, "wrong" + PASSWORD)
    assert rules.refresh(token)


@pytest.mark.parametrize(
    "done",
    [
        pytest.param(("credentials",), id="the credentials"),
        pytest.param(("credentials", "sessions"), id="the sessions too"),
    ],
)
def test_what_was_cut_off_is_finished_by_the_same_call_without_the_password(
    rules: Rules, done: tuple[str, ...]
) -> None:
    rules.sign_in()
    steps: dict[str, Callable[[], None]] = {
        "credentials": lambda: rules.stores.credentials.remove(ADA.email, ADA.user_id, Deadline(5)),
        "sessions": lambda: rules.sessions.forget_all(ADA.user_id, Deadline(5)),
    }
    rules.stores.accounts.begin_removal(ADA.user_id, Deadline(5))
    for step in done:
        steps[step]()
    remove(rules, "whatever")
    assert_gone(rules)


def test_the_password_is_asked_for_as_long_as_there_is_one(rules: Rules) -> None:
    rules.stores.accounts.begin_removal(ADA.user_id, Deadline(5))
    with pytest.raises(BadCredentials):
        remove(rules, "wrong" + PASSWORD)
    assert rules.sign_in()
    remove(rules)
    assert_gone(rules)


def test_the_last_moderator_stays(rules: Rules) -> None:
    hashed = rules.hasher.hash(PASSWORD)
    added = Credentials(MODERATOR.email, hashed, MODERATOR.user_id, account_locked=False)
    if not rules.stores.credentials.add(added, Deadline(5)):
        found = rules.stores.credentials.credentials(MODERATOR.email, Deadline(5))
        assert found is not None
        assert rules.stores.credentials.replace_password(found, hashed, Deadline(5))
    with pytest.raises(LastModerator):
        rules.own_removal.remove(MODERATOR, PASSWORD, HERE, Deadline(5))
    assert rules.stores.accounts.account(MODERATOR.user_id, Deadline(5)) == MODERATOR
