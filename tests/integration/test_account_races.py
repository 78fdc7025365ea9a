"""Many at once, over two servers on one store: what may happen once happens once."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import TypeVar

import grpc
import pytest

from getme_server.stores.location import read_location
from getme_server.stores.opening import open_import_store
from tests.accounts import CHEAP_ACCOUNTS, PASSWORD, People, Refused, new_email
from tests.conftest import NO_LOGIN, NewStore
from tests.people import MODERATOR
from tests.servers.programs import start_server
from tests.tokens import token_for
from tests.waiting import until

AT_ONCE = 20
ROUNDS = 10
NEW_PASSWORD = "quite another secret of hers"
SOON_SECONDS = 1.0  # in which a change is in effect everywhere (design, section 8)

T = TypeVar("T")


class Servers:
    """Everybody who uses two servers that share a store: each call goes to the next one."""

    def __init__(self, everybody: Sequence[People]) -> None:
        self._turns = cycle(everybody)
        self._pool = ThreadPoolExecutor(AT_ONCE * 2)

    def next(self) -> People:
        return next(self._turns)

    def at_once(self, *calls: Callable[[People], T]) -> list[T]:
        """What each of the calls answers; all are made at the same time."""
        begun = [self._pool.submit(call, self.next()) for call in calls]
        return [call.result() for call in begun]


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def servers(
    request: pytest.FixtureRequest, new_store: NewStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    url = new_store(request.param)
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts([MODERATOR])
    environment = {"GETME_STORE": url, "GETME_WORKERS": "1", "GETME_CACHE_TTL": "60s"}
    with contextlib.ExitStack() as stack:
        everybody = []
        for name in ("one", "other"):
            directory = tmp_path_factory.mktemp(name)
            server = stack.enter_context(start_server(directory, environment | CHEAP_ACCOUNTS))
            channel = stack.enter_context(grpc.insecure_channel(server.address))
            everybody.append(People(channel))
        yield Servers(everybody)


@pytest.fixture
def signed_in(servers: Servers) -> tuple[str, str, str, str]:
    """A new user's address and ID, an access and a refresh token."""
    return sign_in_a_new_user(servers)


def sign_in_a_new_user(servers: Servers) -> tuple[str, str, str, str]:
    email = new_email()
    registered = servers.next().register(email)
    assert not isinstance(registered, Refused), registered
    answer = servers.next().login(email)
    assert not isinstance(answer, Refused), answer
    return email, registered.user_id, answer.token, answer.refresh_token


def test_of_thirty_registrations_of_one_address_one_is_made(servers: Servers) -> None:
    email = new_email()
    spelled = [email, email.upper(), email.title()] * 10
    answers = servers.at_once(*(lambda p, e=each: p.register(e) for each in spelled))
    made = [answer for answer in answers if not isinstance(answer, Refused)]
    assert len(made) == 1
    assert [answer for answer in answers if isinstance(answer, Refused)] == [
        Refused("EMAIL_TAKEN")
    ] * 29
    answer = servers.next().login(email)
    assert not isinstance(answer, Refused), answer
    assert answer.user.user_id == made[0].user_id


def test_all_who_refresh_with_one_token_at_once_get_the_same_successor(servers: Servers) -> None:
    *_, refresh_token = sign_in_a_new_user(servers)
    answers = servers.at_once(*[lambda p: p.refresh(refresh_token)] * AT_ONCE)
    assert not [answer for answer in answers if isinstance(answer, Refused)], answers
    (successor,) = {answer.refresh_token for answer in answers}
    again = servers.next().refresh(successor)
    assert not isinstance(again, Refused), again
    # The first token's successor has been used: whoever uses it now is a thief, or was robbed.
    assert servers.next().refresh(refresh_token) == Refused("TOKEN_REVOKED")
    assert servers.next().refresh(again.refresh_token) == Refused("TOKEN_REVOKED")
    assert servers.next().get_me(again.token) == Refused("TOKEN_REVOKED")


def test_after_a_logout_no_token_of_a_refresh_at_the_same_time_works(servers: Servers) -> None:
    for _ in range(ROUNDS):
        _, _, token, refresh_token = sign_in_a_new_user(servers)
        answers = servers.at_once(
            lambda p, r=refresh_token: p.refresh(r),  # type: ignore[misc]
            lambda p, t=token: p.logout(t),  # type: ignore[misc]
            lambda p, r=refresh_token: p.refresh(r),  # type: ignore[misc]
        )
        assert not isinstance(answers[1], Refused), answers
        for answer in (answers[0], answers[2]):
            if not isinstance(answer, Refused):
                assert_refused_soon(servers, answer.token)
                refused = servers.next().refresh(answer.refresh_token)
                assert refused == Refused("TOKEN_REVOKED")


def test_after_a_new_password_no_token_of_the_old_one_works(servers: Servers) -> None:
    for _ in range(ROUNDS):
        email, _, token, _ = sign_in_a_new_user(servers)
        other = servers.next().login(email)
        assert not isinstance(other, Refused), other
        changed, refreshed, signed_in = servers.at_once(
            lambda p, t=token: p.change_password(t, PASSWORD, NEW_PASSWORD),  # type: ignore[misc]
            lambda p, r=other.refresh_token: p.refresh(r),  # type: ignore[misc]
            lambda p, e=email: p.login(e),  # type: ignore[misc]
        )
        assert not isinstance(changed, Refused), changed
        for answer in (refreshed, signed_in):
            if not isinstance(answer, Refused):
                assert_refused_soon(servers, answer.token)
                assert isinstance(servers.next().refresh(answer.refresh_token), Refused)
        assert servers.next().login(email) == Refused("BAD_CREDENTIALS")
        assert not isinstance(servers.next().get_me(token), Refused)  # the session that changed it


def test_of_several_new_passwords_at_once_one_is_in_effect(servers: Servers) -> None:
    email, _, token, _ = sign_in_a_new_user(servers)
    wanted = [f"{NEW_PASSWORD} {number}" for number in range(5)]
    answers = servers.at_once(
        *(lambda p, n=new: p.change_password(token, PASSWORD, n) for new in wanted)
    )
    made = [
        new for new, answer in zip(wanted, answers, strict=True) if not isinstance(answer, Refused)
    ]
    assert len(made) == 1, answers
    assert not isinstance(servers.next().login(email, made[0]), Refused)


def test_a_suspension_is_in_effect_on_the_other_server_within_a_second(
    servers: Servers, signed_in: tuple[str, str, str, str]
) -> None:
    _, user_id, token, refresh_token = signed_in
    moderator = token_for(MODERATOR.user_id, "moderator")
    assert not isinstance(servers.next().get_me(token), Refused)
    answers = servers.at_once(
        lambda p: p.set_status(moderator, user_id, "suspended"),
        *[lambda p: p.get_me(token)] * AT_ONCE,
    )
    assert not isinstance(answers[0], Refused), answers[0]
    for people in (servers.next(), servers.next()):
        assert until(
            lambda p=people: p.get_me(token) == Refused("ACCOUNT_SUSPENDED"),  # type: ignore[misc]
            SOON_SECONDS,
        )
    assert servers.next().refresh(refresh_token) == Refused("ACCOUNT_SUSPENDED")


def assert_refused_soon(servers: Servers, token: str) -> None:
    """By both servers, within the second that the contract gives."""
    for people in (servers.next(), servers.next()):
        assert until(
            lambda p=people: p.get_me(token) == Refused("TOKEN_REVOKED"),  # type: ignore[misc]
            SOON_SECONDS,
        )
