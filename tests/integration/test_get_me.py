"""What GetMe and GetUser answer, over gRPC and REST, from either store."""

import json
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

import getme
from getme.v1.user_service_pb2 import (
    GetMeRequest,
    GetMeResponse,
    GetUserRequest,
    WatchInvalidationsRequest,
)
from getme_server.accounts.account import Account
from tests.integration.conftest import System
from tests.people import ADA, EMPTY, NEVER_SIGNED_IN, OLD, SUSPENDED, TIMELESS, UNICODE
from tests.servers.programs import start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

READABLE = [ADA, NEVER_SIGNED_IN, OLD, UNICODE]


def date_of(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    seconds, rest = divmod(milliseconds, 1000)
    year_one = datetime(1, 1, 1, tzinfo=UTC)
    date = year_one.fromordinal(1 + (seconds + 62_135_596_800) // 86_400)
    clock = time.strftime("%H:%M:%S", time.gmtime(seconds % 86_400))
    fraction = f".{rest:03d}" if rest else ""
    return f"{date.year:04d}-{date.month:02d}-{date.day:02d}T{clock}{fraction}Z"


@pytest.mark.parametrize("person", READABLE, ids=lambda person: person.firstname)
def test_rest_answers_exactly_the_seven_keys(system: System, person: Account) -> None:
    answer = system.http.get("/api/v1/users/me", headers=dict(bearer(token_for(person.user_id))))
    assert answer.status_code == 200, answer.text
    assert list(answer.json().items()) == [
        ("userId", str(person.user_id)),
        ("firstname", person.firstname),
        ("lastname", person.lastname),
        ("email", person.email),
        ("account_status", person.account_status),
        ("created_date", date_of(person.created_date)),
        ("last_login_date", date_of(person.last_login_date)),
    ]


def test_null_cells_are_empty_strings_and_absent_dates(system: System) -> None:
    token = token_for(EMPTY.user_id, "viewer")
    user = system.users.GetMe(GetMeRequest(), metadata=bearer(token), timeout=10).user
    assert (user.firstname, user.lastname, user.email, user.account_status) == ("", "", "", "")
    assert not user.HasField("created_date")
    assert not user.HasField("last_login_date")
    answer = system.http.get("/api/v1/users/me", headers=dict(bearer(token))).json()
    assert answer == {
        "userId": str(EMPTY.user_id),
        "firstname": "",
        "lastname": "",
        "email": "",
        "account_status": "",
        "created_date": None,
        "last_login_date": None,
    }


def test_dates_that_nothing_can_carry_are_absent(system: System) -> None:
    token = token_for(TIMELESS.user_id)
    user = system.users.GetMe(GetMeRequest(), metadata=bearer(token), timeout=10).user
    assert user.firstname == TIMELESS.firstname
    assert not user.HasField("created_date")
    assert not user.HasField("last_login_date")


@pytest.mark.parametrize("person", [ADA, SUSPENDED, UNICODE], ids=lambda p: p.firstname)
def test_public_profile_has_no_email_and_no_last_login(system: System, person: Account) -> None:
    profile = system.users.GetUser(GetUserRequest(user_id=str(person.user_id)), timeout=10).user
    assert profile.account_status == person.account_status
    answer = system.http.get(f"/api/v1/users/{person.user_id}")
    assert answer.status_code == 200
    assert answer.json() == {
        "userId": str(person.user_id),
        "firstname": person.firstname,
        "lastname": person.lastname,
        "account_status": person.account_status,
        "created_date": date_of(person.created_date),
    }


def test_an_unchanged_user_is_not_sent_again(system: System) -> None:
    metadata = bearer(token_for(ADA.user_id))
    first = system.users.GetMe(GetMeRequest(), metadata=metadata, timeout=10)
    again = system.users.GetMe(
        GetMeRequest(if_none_match=first.etag), metadata=metadata, timeout=10
    )
    assert not again.HasField("user")
    assert (again.etag, list(again.roles)) == (first.etag, ["viewer"])
    changed = system.users.GetMe(GetMeRequest(if_none_match="old"), metadata=metadata, timeout=10)
    assert changed.user == first.user


def test_rest_revalidates_with_an_etag(system: System) -> None:
    headers = dict(bearer(token_for(ADA.user_id)))
    first = system.http.get("/api/v1/users/me", headers=headers)
    assert first.headers["cache-control"] == "private, max-age=60"
    assert {part.strip() for part in first.headers["vary"].split(",")} == {
        "Authorization",
        "Cookie",
    }
    again = system.http.get(
        "/api/v1/users/me", headers=headers | {"if-none-match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_the_client_library_reads_the_same(system: System) -> None:
    with getme.Client(system.server.address) as client:
        user = client.get_me(token_for(ADA.user_id, "creator"))
        assert (user.email, user.roles) == (ADA.email, ("viewer", "creator"))
        assert user.created_date == datetime.fromtimestamp(1_746_000_000.123, UTC)
        assert client.get_user(str(SUSPENDED.user_id)).account_status == "suspended"
        with pytest.raises(getme.PermissionDenied) as refused:
            client.get_me(token_for(SUSPENDED.user_id))
        assert refused.value.reason == getme.Reason.ACCOUNT_SUSPENDED


@pytest.mark.parametrize("size", [7_000, 9_000, 15_000, 20_000], ids=lambda size: f"{size} bytes")
def test_a_token_of_any_size_gets_the_same_answer_every_time(system: System, size: int) -> None:
    token = token_for(ADA.user_id, padding="")
    token = token_for(ADA.user_id, padding="x" * ((size - len(token)) * 3 // 4))
    headers = bearer(token)
    answers: set[str | int] = set()
    for _ in range(200):
        try:
            system.users.GetMe(GetMeRequest(), metadata=headers, timeout=10)
            answers.add("OK")
        except grpc.RpcError as refused:
            answers.add(refused.code().name)
        answers.add(system.http.get("/api/v1/users/me", headers=dict(headers)).status_code)
    assert answers == ({"OK", 200} if size <= 8_192 else {"UNAUTHENTICATED", 401})


def test_a_request_id_goes_through_to_the_log(system: System) -> None:
    given = f"test-{time.monotonic_ns()}"
    answer = system.http.get("/api/v1/users/me", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] == given
    assert answer.json()["request_id"] == given


def test_a_call_is_logged_once_on_each_side_with_its_request_id(system: System) -> None:
    for attempt in range(100):  # a line may be left out while others use up the second's budget
        given = f"test-{time.monotonic_ns()}-{attempt}"
        system.http.get("/api/v1/users/me", headers={"x-request-id": given})
        if system.server.has_line(given, 0.2) and system.gateway.has_line(given, 0.2):
            break
    else:
        pytest.fail("no log line on both sides")
    line = json.loads(next(line for line in system.server.lines if given in line))
    assert (line["code"], line["reason"]) == ("UNAUTHENTICATED", "TOKEN_MISSING")
    assert sum(given in line for line in system.server.lines) == 1


@pytest.mark.parametrize("given", ["a b", "x" * 65, 'a"b', "é"])
def test_a_malformed_request_id_is_replaced(system: System, given: str) -> None:
    answer = system.http.get("/api/v1/users/me", headers=[(b"x-request-id", given.encode())])
    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) >= 8


def test_who_remembers_answers_is_told_for_how_long_and_nobody_else(system: System) -> None:
    metadata = bearer(token_for(ADA.user_id))

    def asked(**fields: Any) -> GetMeResponse:
        return system.users.GetMe(GetMeRequest(**fields), metadata=metadata, timeout=10)

    # On Cassandra nothing may be remembered for some seconds after the start.
    assert until(lambda: asked(remember=True).HasField("freshness"))
    answer = asked(remember=True)
    freshness = answer.freshness
    assert 0 < freshness.usable_for.ToNanoseconds() <= 60e9
    assert 0 <= freshness.age.ToNanoseconds() < 60e9
    assert asked(remember=True, if_none_match=answer.etag).HasField("freshness")
    assert not asked().HasField("freshness")
    watching: Any = system.users.WatchInvalidations(WatchInvalidationsRequest(), timeout=10)
    marker = next(watching)
    watching.cancel()
    assert (marker.log_id, marker.position) == (freshness.log_id, freshness.position)


def test_a_lock_made_around_getme_is_seen_at_once_by_a_call_that_asks_for_it(
    tmp_path: Path, people_database: str
) -> None:
    path = people_database.removeprefix("sqlite:///")
    token = token_for(ADA.user_id)
    with (
        start_server(tmp_path, {"GETME_STORE": people_database}) as server,
        getme.Client(server.address) as client,
        closing(sqlite3.connect(path)) as database,
    ):
        assert client.get_me(token).email == ADA.email
        statement = "UPDATE user_credentials SET account_locked = 1 WHERE email = ?"
        database.execute(statement, (ADA.email,))
        database.commit()
        assert client.get_me(token).email == ADA.email  # remembered for GETME_CACHE_TTL
        with pytest.raises(getme.PermissionDenied) as refused:
            client.get_me(token, max_staleness=timedelta(0))
        assert refused.value.reason == getme.Reason.ACCOUNT_LOCKED
        with pytest.raises(getme.PermissionDenied):
            client.get_me(token)  # what the store said is what is remembered now
