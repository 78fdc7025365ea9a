"""A server that dies in the removal of an account: the same call finishes it, and all is gone."""

from functools import partial

from getme_server.stores.location import read_location
from tests.accounts import PASSWORD, People, Refused
from tests.faults.accounts.mortal_server import MortalServer
from tests.faults.accounts.places import places_of
from tests.faults.accounts.users import User, answered, new_user
from tests.integration.tables import Tables
from tests.waiting import until

GONE = Refused("TOKEN_INVALID")


def delete(people: People, user: User) -> object:
    return people.delete_me(user.token)


def test_a_removal_that_was_cut_off_is_finished_by_the_next_and_leaves_nothing(
    mortal: MortalServer, mortal_store: str, tables: Tables
) -> None:
    def user_with_a_failed_attempt(people: People) -> User:
        user = new_user(people)
        assert people.login(user.email, f"not {PASSWORD}") == Refused("BAD_CREDENTIALS")
        attempts = "SELECT failed_attempts FROM login_attempts WHERE email = ?"
        assert until(lambda: bool(tables(attempts, user.email)))  # written after the answer
        return user

    places = partial(places_of, tables=tables, location=read_location(mortal_store))
    taken_early = []
    for user in mortal.deaths(user_with_a_failed_attempt, delete):
        people = mortal.people
        # Who finds the address free, finished or not, takes it and keeps it.
        heir = people.register(user.email)
        taken_early.append(not isinstance(heir, Refused))
        found_gone = finish(people, user) == GONE
        if isinstance(heir, Refused):
            assert heir == Refused("EMAIL_TAKEN")
            assert people.login(user.email) == Refused("BAD_CREDENTIALS")
            assert places(user.email) == []
            heir = answered(people.register(user.email))
        assert answered(people.login(user.email)).user.user_id == heir.user_id
        # The count of failed attempts is of an address, whoever has it.
        assert set(places(user.email)) - {"login_attempts"} == {"user_credentials", "users"}
        assert places(user.firstname) == []
        for table in ("users", "getme_sessions"):
            query = f"SELECT userid FROM {table} WHERE userid = ?"  # noqa: S608  # no input
            assert tables(query, user.user_id) == []
        # A user ID of nobody, which may be left where the row was the last that was removed.
        notes = tables("SELECT userid FROM getme_removals WHERE userid = ?", user.user_id)
        assert found_gone or notes == []
    assert taken_early == sorted(taken_early)
    assert len(set(taken_early)) == 2


def test_a_removal_that_was_cut_off_asks_for_the_password_while_there_is_one(
    mortal: MortalServer,
) -> None:
    asked = 0
    for user in mortal.deaths(new_user, delete):
        people = mortal.people
        if people.login(user.email) == Refused("BAD_CREDENTIALS"):
            break
        answer = people.delete_me(user.other_token, f"not {PASSWORD}")
        assert answer == Refused("BAD_CREDENTIALS")  # whoever has stolen that token
        answered(people.get_me(user.token))
        asked += 1
    assert asked >= 2  # before the first write, and after it


def finish(people: People, user: User) -> object:
    """Does it again, after which all that the user had is nobody's; what that was answered."""
    answer = delete(people, user)
    assert answer == GONE or not isinstance(answer, Refused)
    assert people.get_me(user.token) == GONE
    assert people.get_me(user.other_token) == GONE
    assert people.refresh(user.refresh_token) == GONE
    assert people.refresh(user.other_refresh_token) == GONE
    return answer
