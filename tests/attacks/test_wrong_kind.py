"""A token that is good for one thing is good for nothing else."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import grpc
import pytest

from getme.v1.auth_service_pb2 import LoginResponse
from getme_server.accounts.refresh_token import read_refresh_token
from tests.accounts import CHEAP_ACCOUNTS, People, Refused, new_email
from tests.people import ADA
from tests.servers.programs import start_server
from tests.tokens import token_for


@pytest.fixture
def people(people_database: str, tmp_path: Path) -> Iterator[People]:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": "1"} | CHEAP_ACCOUNTS
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        yield People(channel)


def sign_in(people: People) -> LoginResponse:
    email = new_email()
    assert not isinstance(people.register(email), Refused)
    answer = people.login(email)
    assert not isinstance(answer, Refused), answer
    return answer


def test_each_kind_of_token_is_refused_in_the_place_of_the_other(people: People) -> None:
    own = sign_in(people)
    assert people.get_me(own.refresh_token) == Refused("TOKEN_INVALID")
    assert people.refresh(own.token) == Refused("TOKEN_INVALID")
    assert people.logout(own.token, own.token) == Refused("TOKEN_INVALID")
    assert people.refresh("") == Refused("TOKEN_MISSING")


def test_nobody_ends_a_session_with_the_refresh_token_of_another_user(people: People) -> None:
    own, stolen = sign_in(people), sign_in(people)
    assert people.logout(own.token, stolen.refresh_token) == Refused("TOKEN_INVALID")
    assert not isinstance(people.refresh(stolen.refresh_token), Refused)


def test_a_refresh_token_alone_ends_its_session_and_may_do_so_twice(people: People) -> None:
    own = sign_in(people)
    for _ in range(2):
        assert not isinstance(people.logout(None, own.refresh_token), Refused)
        assert people.get_me(own.token) == Refused("TOKEN_REVOKED")
    assert people.logout(None) == Refused("TOKEN_MISSING")


def test_a_made_up_refresh_token_ends_nothing(people: People) -> None:
    own = read_refresh_token(sign_in(people).refresh_token)
    for made_up in (own._replace(family=bytes(32)), own._replace(user_id=UUID(int=1))):
        assert people.logout(None, made_up.text()) == Refused("TOKEN_INVALID")
    assert not isinstance(people.refresh(own.text()), Refused)


def test_a_made_up_refresh_token_beside_a_good_access_token_ends_nothing(people: People) -> None:
    own = sign_in(people)
    made_up = read_refresh_token(own.refresh_token)._replace(family=bytes(32))
    assert people.logout(own.token, made_up.text()) == Refused("TOKEN_INVALID")
    assert not isinstance(people.get_me(own.token), Refused)


def test_a_refresh_token_ends_its_session_whatever_access_token_comes_along(
    people: People,
) -> None:
    own = sign_in(people)
    expired = token_for(ADA.user_id, exp=1_000_000_000)
    assert people.logout(expired) == Refused("TOKEN_EXPIRED")
    assert not isinstance(people.logout(expired, own.refresh_token), Refused)
    assert people.refresh(own.refresh_token) == Refused("TOKEN_REVOKED")
