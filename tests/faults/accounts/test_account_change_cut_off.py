"""A server that dies in a change of a password or a status: the same call again makes it whole."""

import pytest

from tests.accounts import PASSWORD, People, Refused
from tests.faults.accounts.mortal_server import MortalServer
from tests.faults.accounts.users import User, answered, new_user
from tests.integration.tables import Tables

NEW_PASSWORD = "quite another secret of hers"


def test_a_change_of_password_that_was_cut_off_is_finished_by_the_next(
    mortal: MortalServer,
) -> None:
    def change(people: People, user: User) -> object:
        return people.change_password(user.token, PASSWORD, NEW_PASSWORD)

    for user in mortal.deaths(new_user, change):
        people = mortal.people
        in_between = people.login(user.email)
        if isinstance(in_between, Refused):
            assert in_between == Refused("BAD_CREDENTIALS")
            answered(people.login(user.email, NEW_PASSWORD))
        else:  # nothing has happened
            assert people.login(user.email, NEW_PASSWORD) == Refused("BAD_CREDENTIALS")
            answered(people.get_me(user.other_token))
            answered(people.refresh(user.other_refresh_token))
        assert not isinstance(change(people, user), Refused)
        answered(people.get_me(user.token))
        answered(people.refresh(user.refresh_token))
        assert people.get_me(user.other_token) == Refused("TOKEN_REVOKED")
        assert people.refresh(user.other_refresh_token) == Refused("TOKEN_REVOKED")
        if not isinstance(in_between, Refused):
            assert people.get_me(in_between.token) == Refused("TOKEN_REVOKED")
        assert people.login(user.email) == Refused("BAD_CREDENTIALS")
        answered(people.login(user.email, NEW_PASSWORD))


def status_of(tables: Tables, user: User) -> str:
    ((status,),) = tables("SELECT account_status FROM users WHERE userid = ?", user.user_id)
    return str(status)


@pytest.mark.parametrize(
    ("before", "after"),
    [("active", "suspended"), ("suspended", "active"), ("creator", "active")],
    ids=["suspend", "activate", "demote"],
)
def test_a_change_of_status_that_was_cut_off_is_finished_by_the_next(
    mortal: MortalServer, tables: Tables, moderator: str, before: str, after: str
) -> None:
    def user_of_before(people: People) -> User:
        user = new_user(people)
        answered(people.set_status(moderator, str(user.user_id), before))
        return user

    def change(people: People, user: User) -> object:
        return people.set_status(moderator, str(user.user_id), after)

    for user in mortal.deaths(user_of_before, change):
        people = mortal.people
        assert status_of(tables, user) in {before, after}
        assert not isinstance(change(people, user), Refused)
        assert status_of(tables, user) == after
        if after == "suspended":
            refused = Refused("ACCOUNT_SUSPENDED")
            assert people.login(user.email) == refused
        else:
            refused = Refused("TOKEN_REVOKED")
            answered(people.get_me(answered(people.login(user.email)).token))
        assert people.get_me(user.token) == refused
        assert people.refresh(user.refresh_token) == refused
