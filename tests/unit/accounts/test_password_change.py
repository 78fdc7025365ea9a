"""A new password for the old one, and what a call that was cut off leaves."""

from collections.abc import Iterator

import pytest

from getme_server.accounts.attempts import Attempt
from getme_server.accounts.audit import Action
from getme_server.accounts.errors import BadCredentials
from getme_server.accounts.refresh_token import read_refresh_token
from getme_server.deadline import Deadline
from getme_server.errors import InvalidField, TokenRevoked
from tests.people import ADA, EMPTY
from tests.unit.accounts.account_rules import HERE, PASSWORD, Rules

NEW = "quite another secret of hers"


@pytest.fixture
def rules(people_database: str) -> Iterator[Rules]:
    rules = Rules(people_database)
    yield rules
    rules.stores.close()


def change(rules: Rules, old: str, new: str, *, session_id: str = "") -> None:
    rules.password_change.change(
        ADA, old, new, session_id=session_id, origin=HERE, deadline=Deadline(5)
    )


def test_only_the_session_that_changed_it_goes_on(rules: Rules) -> None:
    own, other = rules.sign_in(), rules.sign_in()
    change(rules, PASSWORD, NEW, session_id=str(read_refresh_token(own).session_id))
    assert rules.refresh(own)
    with pytest.raises(TokenRevoked):
        rules.refresh(other)
    with pytest.raises(BadCredentials):
        rules.sign_in(PASSWORD)
    assert rules.sign_in(NEW)
    assert Action.PASSWORD_CHANGED in rules.audit.actions


def test_a_caller_without_a_session_ends_all(rules: Rules) -> None:
    rules.sign_in()
    change(rules, PASSWORD, NEW)
    assert rules.live_sessions() == 0


def test_a_wrong_old_password_changes_nothing_and_is_counted(rules: Rules) -> None:
    token = rules.sign_in()
    rules.limits.taken.clear()
    with pytest.raises(BadCredentials):
        change(rules, "wrong" + PASSWORD, NEW)
    # Both passwords of the call were looked at.
    assert rules.limits.taken == [(Attempt.PASSWORD, HERE.address, ADA.email)] * 2
    assert rules.refresh(token)
    assert rules.sign_in(PASSWORD)


def test_a_call_that_was_cut_off_after_its_first_write_is_finished_by_the_same_call(
    rules: Rules,
) -> None:
    token = rules.sign_in()
    rules.set_password(NEW)  # and then the server was killed
    change(rules, PASSWORD, NEW)
    with pytest.raises(TokenRevoked):
        rules.refresh(token)


@pytest.mark.parametrize(
    "new",
    [
        pytest.param("short", id="short"),
        pytest.param("password123", id="common"),
        pytest.param(ADA.email, id="the address"),
    ],
)
def test_a_bad_new_password_is_refused_by_its_field(rules: Rules, new: str) -> None:
    with pytest.raises(InvalidField) as refused:
        change(rules, PASSWORD, new)
    assert set(refused.value.violations) == {"new_password"}
    assert rules.sign_in(PASSWORD)


def test_an_account_without_a_password_has_none_to_change(rules: Rules) -> None:
    with pytest.raises(BadCredentials):
        rules.password_change.change(
            EMPTY, PASSWORD, NEW, session_id="", origin=HERE, deadline=Deadline(5)
        )
