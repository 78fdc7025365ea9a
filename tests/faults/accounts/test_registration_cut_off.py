"""A server that dies in a registration or a sign-in: the address is free, or it signs in."""

import hashlib

from tests.accounts import PASSWORD, People, Refused, new_email
from tests.faults.accounts.mortal_server import MortalServer
from tests.faults.accounts.users import answered
from tests.integration.tables import Tables


def test_an_address_is_free_or_signs_in_after_a_death_in_its_registration(
    mortal: MortalServer, tables: Tables
) -> None:
    def register(people: People, email: str) -> object:
        return people.register(email, sign_in=True)

    for email in mortal.deaths(lambda _people: new_email(), register):
        people = mortal.people
        again = people.register(email)
        signed_in = answered(people.login(email))
        user_id = signed_in.user.user_id
        if isinstance(again, Refused):
            assert again == Refused("EMAIL_TAKEN")
        else:
            assert again.user_id == user_id
        assert answered(people.get_me(signed_in.token)).user.email == email
        assert people.register(email) == Refused("EMAIL_TAKEN")
        ((owner,),) = tables("SELECT userid FROM user_credentials WHERE email = ?", email)
        assert str(owner) == user_id
        # A row of `users` may be left on Cassandra (`account_creation`), but it is no account.
        rows = [
            str(key) for key, stored in tables("SELECT userid, email FROM users") if stored == email
        ]
        assert user_id in rows
        assert len(rows) <= 2
        signed_in_by_any = {str(key) for (key,) in tables("SELECT userid FROM user_credentials")}
        assert signed_in_by_any.intersection(rows) == {user_id}


def test_who_has_registered_signs_in_after_a_death_in_a_sign_in(
    mortal: MortalServer, tables: Tables
) -> None:
    def imported(people: People) -> str:
        """The address of a user of KillrVideo's first generation, whose hash is replaced."""
        email = new_email()
        answered(people.register(email))
        old = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
        tables("UPDATE user_credentials SET password = ? WHERE email = ?", old, email)
        return email

    for email in mortal.deaths(imported, lambda people, email: people.login(email)):
        signed_in = answered(mortal.people.login(email))
        listed = answered(mortal.people.sessions(signed_in.token)).sessions
        assert 1 <= len(listed) <= 2  # at most one that nobody has a token of
        ((password,),) = tables("SELECT password FROM user_credentials WHERE email = ?", email)
        assert password.startswith("$argon2id$")
