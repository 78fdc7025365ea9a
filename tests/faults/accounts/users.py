"""Users with sessions, one for each death."""

from typing import NamedTuple, TypeVar
from uuid import UUID

from tests.accounts import People, Refused, new_email

T = TypeVar("T")


class User(NamedTuple):
    """Somebody who is signed in twice. token, refresh_token: of the one session, `other`: so too.

    firstname: nobody else's.
    """

    email: str
    user_id: UUID
    firstname: str
    token: str
    refresh_token: str
    other_token: str
    other_refresh_token: str


def answered(answer: T | Refused) -> T:
    """An answer that must not be a refusal."""
    assert not isinstance(answer, Refused), answer
    return answer


def new_user(people: People) -> User:
    """Somebody who has just registered and signed in twice."""
    email = new_email()
    firstname = f"Ada of {email.partition('@')[0]}"
    made = answered(people.register(email, firstname=firstname))
    one, other = answered(people.login(email)), answered(people.login(email))
    return User(
        email,
        UUID(made.user_id),
        firstname,
        one.token,
        one.refresh_token,
        other.token,
        other.refresh_token,
    )
