"""A server that dies in a refresh or a sign-out: tokens are lost by what was asked, not by it."""

from tests.accounts import Refused
from tests.faults.accounts.mortal_server import MortalServer
from tests.faults.accounts.users import answered, new_user
from tests.integration.tables import Tables
from tests.tokens import token_for

REVOKED = Refused("TOKEN_REVOKED")


def test_nobody_is_signed_out_and_no_session_doubled_by_a_death_in_a_refresh(
    mortal: MortalServer, tables: Tables
) -> None:
    for user in mortal.deaths(new_user, lambda people, user: people.refresh(user.refresh_token)):
        people = mortal.people
        again = answered(people.refresh(user.refresh_token))  # as a client whose answer was lost
        answered(people.get_me(again.token))
        last = answered(people.refresh(again.refresh_token))
        listed = answered(people.sessions(last.token)).sessions
        (current,) = (each.session_id for each in listed if each.current)
        generations = {
            str(session_id): generation
            for session_id, generation in tables(
                "SELECT sessionid, generation FROM getme_sessions WHERE userid = ?", user.user_id
            )
        }
        assert generations.pop(current) == 2  # by three calls, of which one was lost or made again
        assert list(generations.values()) == [0]
        assert people.refresh(user.refresh_token) == REVOKED


def test_a_sign_out_that_was_cut_off_is_finished_by_the_next(mortal: MortalServer) -> None:
    for user in mortal.deaths(new_user, lambda people, user: people.logout(user.token)):
        people = mortal.people
        assert_done_or_revoked(people.logout(user.token))
        assert people.get_me(user.token) == REVOKED
        assert people.refresh(user.refresh_token) == REVOKED
        answered(people.get_me(user.other_token))
        answered(people.refresh(user.other_refresh_token))


def test_a_sign_out_everywhere_that_was_cut_off_has_ended_all_or_can_be_made_again(
    mortal: MortalServer,
) -> None:
    for user in mortal.deaths(new_user, lambda people, user: people.logout_everywhere(user.token)):
        people = mortal.people
        # Revoked is all that its caller will ever be told, so nothing may be left to do then.
        assert_done_or_revoked(people.logout_everywhere(user.token))
        of_no_session = token_for(user.user_id, "active")  # as another service issues it
        for token in (user.token, user.other_token, of_no_session):
            assert people.get_me(token) == REVOKED
        for refresh_token in (user.refresh_token, user.other_refresh_token):
            assert people.refresh(refresh_token) == REVOKED


def assert_done_or_revoked(answer: object) -> None:
    assert answer == REVOKED or not isinstance(answer, Refused)
