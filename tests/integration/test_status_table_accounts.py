"""The rows of the contract's status table that accounts have, over gRPC and over REST.

Each row is one situation with the two calls that meet it, on each store; test_status_table has the
rows of GetMe.
"""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import grpc
import httpx
import pytest

from getme.errors import Error, error_of_call
from getme.reasons import Reason
from getme.v1 import admin_service_pb2, auth_service_pb2, user_service_pb2
from tests.accounts import PASSWORD, People, Refused
from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import (
    SESSIONS,
    RestSystem,
    SignedIn,
    fresh_email,
    refusal,
    run_rest,
)
from tests.integration.test_status_table import REFUSALS
from tests.tokens import bearer, token_for
from tests.waiting import until

LIMIT = 4
AT_ONCE = 8
COME_BACK = {"RATE_LIMITED"}
WRONG = "a wrong password"
UNKNOWN_SESSION = "00000000-0000-4000-8000-999999999999"


class Everybody(NamedTuple):
    """A system over both doors."""

    rest: RestSystem
    people: People
    moderator: SignedIn  # the only one

    def barred(self, account_status: str) -> SignedIn:
        """A user whose account has been given that status."""
        user = self.rest.new_user()
        self.people.set_status(self.moderator.token, user.user_id, account_status)
        return user

    def spent(self) -> str:
        """The address of a user who has no attempt left."""
        user = self.rest.new_user()
        for _ in range(LIMIT - 1):
            assert self.rest.login(user.email, WRONG).status_code == 401
        return user.email

    def login(self, email: str, password: str) -> object:
        request = auth_service_pb2.LoginRequest(email=email, password=password)
        return self.people.auth.Login(request, timeout=30)

    def register(self, email: str) -> object:
        request = auth_service_pb2.RegisterRequest(
            firstname="Ada", lastname="Example", email=email, password=PASSWORD
        )
        return self.people.auth.Register(request, timeout=30)


Grpc = Callable[[Everybody], object]
Rest = Callable[[Everybody], httpx.Response]


class Row(NamedTuple):
    """A situation, how it is met over either door, and what comes of it."""

    id: str
    reason: str
    code: grpc.StatusCode
    http_status: int
    over_grpc: Grpc
    over_rest: Rest
    fields: tuple[str, ...] = ()


def refused_sign_in(status: str, reason: str) -> Row:
    return Row(
        f"sign-in of {status}",
        reason,
        grpc.StatusCode.PERMISSION_DENIED,
        403,
        lambda all_: all_.login(all_.barred(status).email, PASSWORD),
        lambda all_: all_.rest.login(all_.barred(status).email),
    )


def signed_out(everybody: Everybody) -> SignedIn:
    user = everybody.rest.new_user()
    everybody.people.logout(user.token)
    return user


def as_user(user: SignedIn) -> tuple[tuple[str, str], ...]:
    return bearer(user.token)


def update(everybody: Everybody) -> object:
    request = user_service_pb2.UpdateMeRequest(firstname="Eve", expected_etag="of another time")
    metadata = as_user(everybody.rest.new_user())
    return everybody.people.users.UpdateMe(request, metadata=metadata, timeout=30)


def revoke_session(everybody: Everybody) -> object:
    request = auth_service_pb2.RevokeSessionRequest(session_id=UNKNOWN_SESSION)
    metadata = as_user(everybody.rest.new_user())
    return everybody.people.auth.RevokeSession(request, metadata=metadata, timeout=30)


def revoke_session_over_rest(everybody: Everybody) -> httpx.Response:
    headers = everybody.rest.new_user().headers
    return everybody.rest.http.delete(f"{SESSIONS}/{UNKNOWN_SESSION}", headers=headers)


def get_me_signed_out(everybody: Everybody) -> object:
    request = user_service_pb2.GetMeRequest()
    metadata = as_user(signed_out(everybody))
    return everybody.people.users.GetMe(request, metadata=metadata, timeout=30)


def step_down(everybody: Everybody) -> object:
    request = admin_service_pb2.SetAccountStatusRequest(
        user_id=everybody.moderator.user_id, account_status="active"
    )
    metadata = as_user(everybody.moderator)
    return everybody.people.admin.SetAccountStatus(request, metadata=metadata, timeout=30)


ROWS = [
    Row(
        "wrong password",
        "BAD_CREDENTIALS",
        grpc.StatusCode.UNAUTHENTICATED,
        401,
        lambda all_: all_.login(all_.rest.new_user().email, WRONG),
        lambda all_: all_.rest.login(all_.rest.new_user().email, WRONG),
    ),
    Row(
        "unknown address",
        "BAD_CREDENTIALS",
        grpc.StatusCode.UNAUTHENTICATED,
        401,
        lambda all_: all_.login(fresh_email(), PASSWORD),
        lambda all_: all_.rest.login(fresh_email()),
    ),
    Row(
        "too many attempts",
        "RATE_LIMITED",
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        429,
        lambda all_: all_.login(all_.spent(), PASSWORD),
        lambda all_: all_.rest.login(all_.spent()),
    ),
    Row(
        "address is taken",
        "EMAIL_TAKEN",
        grpc.StatusCode.ALREADY_EXISTS,
        409,
        lambda all_: all_.register(all_.rest.new_user().email),
        lambda all_: all_.rest.register(all_.rest.new_user().email),
    ),
    Row(
        "changed meanwhile",
        "ETAG_MISMATCH",
        grpc.StatusCode.ABORTED,
        412,
        update,
        lambda all_: all_.rest.update(all_.rest.new_user(), {"firstname": "Eve"}, if_match='"x"'),
    ),
    Row(
        "unknown session",
        "SESSION_NOT_FOUND",
        grpc.StatusCode.NOT_FOUND,
        404,
        revoke_session,
        revoke_session_over_rest,
    ),
    Row(
        "signed out",
        "TOKEN_REVOKED",
        grpc.StatusCode.UNAUTHENTICATED,
        401,
        get_me_signed_out,
        lambda all_: all_.rest.me(signed_out(all_)),
    ),
    Row(
        "no address",
        "INVALID_FIELD",
        grpc.StatusCode.INVALID_ARGUMENT,
        400,
        lambda all_: all_.register("nobody"),
        lambda all_: all_.rest.register("nobody"),
        ("email",),
    ),
    Row(
        "no moderator left",
        "LAST_MODERATOR",
        grpc.StatusCode.FAILED_PRECONDITION,
        409,
        step_down,
        lambda all_: all_.rest.delete_me(all_.moderator),
    ),
    refused_sign_in("suspended", "ACCOUNT_SUSPENDED"),
    refused_sign_in("locked", "ACCOUNT_LOCKED"),
    refused_sign_in("inactive", "ACCOUNT_INACTIVE"),
    refused_sign_in("banned", "ACCOUNT_BANNED"),
]


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def everybody(
    request: pytest.FixtureRequest, new_store: NewStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Everybody]:
    url = new_store(request.param)
    settings = {"GETME_STORE": url, "GETME_LIMIT_PASSWORD": f"{LIMIT} per 10 minutes"}
    with (
        run_rest(tmp_path_factory.mktemp("table"), settings) as rest,
        grpc.insecure_channel(rest.server.address) as channel,
    ):
        people, moderator = People(channel), rest.new_user()
        may_make_one = token_for(UUID(moderator.user_id), "moderator")
        made = people.set_status(may_make_one, moderator.user_id, "moderator")
        assert not isinstance(made, Refused), made
        yield Everybody(rest, people, moderator)


def refused_call(call: Grpc, everybody: Everybody) -> tuple[grpc.StatusCode, Error]:
    with pytest.raises(grpc.RpcError) as refused:
        call(everybody)
    return refused.value.code(), error_of_call(refused.value)


def require_row(row: Row, everybody: Everybody) -> None:
    code, error = refused_call(row.over_grpc, everybody)
    assert (code, error.reason) == (row.code, row.reason)
    assert error.request_id
    assert tuple(error.field_violations) == row.fields
    told = row.over_rest(everybody)
    assert refusal(told) == (row.http_status, row.reason, frozenset(row.fields))
    come_back = row.reason in COME_BACK
    assert bool(error.retry_after_seconds) == come_back
    assert (int(told.headers.get("retry-after", 0)) > 0) == come_back
    if row.http_status == 401:
        given = row.reason.startswith("TOKEN_")
        assert ('error="invalid_token"' in told.headers["www-authenticate"]) == given


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_each_row_over_both_doors(everybody: Everybody, row: Row) -> None:
    require_row(row, everybody)


@contextmanager
def both_doors(directory: Path, url: str, **settings: str) -> Iterator[tuple[RestSystem, People]]:
    """A system that fares badly, of a test's own."""
    with (
        run_rest(directory, {"GETME_STORE": url} | settings) as rest,
        grpc.insecure_channel(rest.server.address) as channel,
    ):
        yield rest, People(channel)


def test_more_passwords_at_once_than_it_takes_are_too_many(
    new_store: NewStore, tmp_path: Path
) -> None:
    slow = {"GETME_PASSWORD_TIME": "10", "GETME_PASSWORD_MEMORY": "128"}
    queue = {"GETME_PASSWORD_QUEUE": "1"}
    with (
        both_doors(tmp_path, new_store("sqlite"), **slow, **queue) as (rest, people),
        ThreadPoolExecutor(2 * AT_ONCE) as pool,
    ):
        told: set[object] = set()
        told_over_rest: list[httpx.Response] = []

        def overloads_both_doors() -> bool:
            """Whoever comes first may take all the room, so that only others are refused."""
            over_grpc = [pool.submit(people.login, fresh_email()) for _ in range(AT_ONCE)]
            over_rest = [pool.submit(rest.login, fresh_email()) for _ in range(AT_ONCE)]
            told.update(each.result() for each in over_grpc)
            told_over_rest.extend(each.result() for each in over_rest)
            statuses = {each.status_code for each in told_over_rest}
            return Refused("OVERLOADED", 1.0) in told and 503 in statuses

        assert until(overloads_both_doors)
    assert told <= {Refused("OVERLOADED", 1.0), Refused("BAD_CREDENTIALS")}
    overloaded = [each for each in told_over_rest if each.status_code == 503]
    assert {refusal(each) for each in overloaded} == {(503, "OVERLOADED", frozenset())}
    assert {each.headers["retry-after"] for each in overloaded} == {"1"}


def test_a_store_that_takes_no_change_is_unavailable(new_store: NewStore, tmp_path: Path) -> None:
    url = new_store("sqlite")
    with (
        both_doors(tmp_path, url, GETME_STORE_TIMEOUT="300ms") as (rest, people),
        closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database,
    ):
        database.execute("BEGIN IMMEDIATE")  # as another program would that does not end
        assert people.register(fresh_email()) == Refused("STORE_UNAVAILABLE", 1.0)
        answer = rest.register()
        assert refusal(answer) == (503, "STORE_UNAVAILABLE", frozenset())
        assert answer.headers["retry-after"] == "1"
        database.rollback()
        assert rest.register().status_code == 201


def test_no_reason_of_the_contract_is_without_a_row() -> None:
    elsewhere = {
        "USER_NOT_FOUND",
        "TOO_LARGE",
        "INTERNAL",
    }  # test_status_table, test_internal_error
    own = {"OVERLOADED", "STORE_UNAVAILABLE"}
    rows = {row.reason for row in ROWS} | {row.reason for row in REFUSALS}
    assert rows | own | elsewhere == set(Reason)
