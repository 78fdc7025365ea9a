"""The rows of the contract's status table that reading meets, over gRPC and over REST.

One list of situations is the test data of both, on each store; the rows of accounts are in
test_status_table_accounts, which also sees that no reason is without a row.
"""

import time
from typing import NamedTuple

import grpc
import pytest

from getme.errors import Error, error_of_call
from getme.v1.user_service_pb2 import GetMeRequest, GetUserRequest
from getme_server.accounts.account import Account
from tests.integration.conftest import System
from tests.people import (
    ADA,
    BANNED,
    CREATOR,
    EMPTY,
    INACTIVE,
    LOCKED,
    LOCKED_OUT,
    MODERATOR,
    NOBODY,
    STRANGE,
    SUSPENDED,
)
from tests.tokens import bearer, token_for

Headers = tuple[tuple[str, str], ...]


ADAS = token_for(ADA.user_id)
LONG = "x" * 40_000


class Refusal(NamedTuple):
    """A situation of GetMe: what is sent, and what comes of it."""

    id: str
    headers: Headers
    code: grpc.StatusCode
    reason: str
    http_status: int


def unauthenticated(row_id: str, headers: Headers, reason: str) -> Refusal:
    return Refusal(row_id, headers, grpc.StatusCode.UNAUTHENTICATED, reason, 401)


def denied(row_id: str, token: str, reason: str) -> Refusal:
    return Refusal(row_id, bearer(token), grpc.StatusCode.PERMISSION_DENIED, reason, 403)


REFUSALS = [
    unauthenticated("no token", (), "TOKEN_MISSING"),
    unauthenticated("empty", (("authorization", "Bearer"),), "TOKEN_INVALID"),
    unauthenticated("not a token", bearer("abc"), "TOKEN_INVALID"),
    unauthenticated("another scheme", (("authorization", f"Basic {ADAS}"),), "TOKEN_INVALID"),
    unauthenticated("no scheme", (("authorization", ADAS),), "TOKEN_INVALID"),
    unauthenticated("two values", bearer(ADAS) + bearer(ADAS), "TOKEN_INVALID"),
    unauthenticated("two in one value", bearer(f"{ADAS}, Bearer {ADAS}"), "TOKEN_INVALID"),
    unauthenticated("bad signature", bearer(f"{ADAS[:-4]}AAAA"), "TOKEN_INVALID"),
    unauthenticated("padded", bearer(f"{ADAS}="), "TOKEN_INVALID"),
    unauthenticated("no exp", bearer(token_for(ADA.user_id, exp=None)), "TOKEN_INVALID"),
    unauthenticated("no roles", bearer(token_for(ADA.user_id, roles=None)), "TOKEN_INVALID"),
    unauthenticated("no sub", bearer(token_for(ADA.user_id, sub=None)), "TOKEN_INVALID"),
    unauthenticated("sub is a name", bearer(token_for(ADA.user_id, sub="ada")), "TOKEN_INVALID"),
    unauthenticated(
        "not yet good", bearer(token_for(ADA.user_id, nbf=int(time.time()) + 900)), "TOKEN_INVALID"
    ),
    unauthenticated("another's audience", bearer(token_for(ADA.user_id, aud="x")), "TOKEN_INVALID"),
    unauthenticated("9 KiB", bearer("a" * 9_000), "TOKEN_INVALID"),
    unauthenticated("20 KiB", bearer("a" * 20_000), "TOKEN_INVALID"),
    unauthenticated("user is gone", bearer(token_for(NOBODY, "viewer")), "TOKEN_INVALID"),
    unauthenticated(
        "expired", bearer(token_for(ADA.user_id, exp=int(time.time()) - 1)), "TOKEN_EXPIRED"
    ),
    denied("unknown status", token_for(STRANGE.user_id), "ROLE_REQUIRED"),
    denied("no status", token_for(EMPTY.user_id, "guest"), "ROLE_REQUIRED"),
    denied("suspended", token_for(SUSPENDED.user_id, "moderator"), "ACCOUNT_SUSPENDED"),
    denied("locked", token_for(LOCKED.user_id, "viewer"), "ACCOUNT_LOCKED"),
    denied("locked credentials", token_for(LOCKED_OUT.user_id, "viewer"), "ACCOUNT_LOCKED"),
    denied("inactive", token_for(INACTIVE.user_id, "viewer"), "ACCOUNT_INACTIVE"),
    denied("banned", token_for(BANNED.user_id, "viewer"), "ACCOUNT_BANNED"),
]


def call_get_me(system: System, headers: Headers) -> Error:
    with pytest.raises(grpc.RpcError) as refused:
        system.users.GetMe(GetMeRequest(), metadata=headers, timeout=10)
    return error_of_call(refused.value)


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.id)
def test_refusal_over_grpc(system: System, row: Refusal) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        system.users.GetMe(GetMeRequest(), metadata=row.headers, timeout=10)
    assert refused.value.code() is row.code
    error = error_of_call(refused.value)
    assert error.reason == row.reason
    assert error.request_id


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.id)
def test_refusal_over_rest(system: System, row: Refusal) -> None:
    answer = system.http.get("/api/v1/users/me", headers=row.headers)
    assert answer.status_code == row.http_status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["reason"] == row.reason
    assert problem["status"] == row.http_status
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert {"type", "title", "detail"} <= set(problem)
    if row.http_status == 401:
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith("Bearer")
        assert ('error="invalid_token"' in challenge) == bool(row.headers)


def reason_after_expiry(system: System, metadata: Headers, expires: float) -> str | None:
    """Calls until it is refused, for half a second after expiry at most."""
    while time.time() < expires + 0.5:
        try:
            system.users.GetMe(GetMeRequest(), metadata=metadata, timeout=10)
        except grpc.RpcError as refused:
            return error_of_call(refused).reason
    return None


def test_a_moment_of_expiry_is_kept_for_a_remembered_token(system: System) -> None:
    expires = int(time.time()) + 2
    metadata = bearer(token_for(ADA.user_id, exp=expires))
    accepted = 0
    while time.time() < expires - 0.05:
        assert system.users.GetMe(GetMeRequest(), metadata=metadata, timeout=10).user.user_id
        accepted += 1
    assert accepted > 1
    assert reason_after_expiry(system, metadata, expires) == "TOKEN_EXPIRED"


@pytest.mark.parametrize(
    ("person", "token_roles", "roles"),
    [
        (ADA, (), ["viewer"]),
        (ADA, ("active",), ["viewer"]),
        (ADA, ("creator",), ["viewer", "creator"]),
        (ADA, ("viewer", "moderator"), ["viewer", "creator", "moderator"]),
        (ADA, ("guest",), ["viewer"]),
        (CREATOR, (), ["viewer", "creator"]),
        (CREATOR, ("moderator",), ["viewer", "creator", "moderator"]),
        (MODERATOR, ("viewer",), ["viewer", "creator", "moderator"]),
        (STRANGE, ("viewer",), ["viewer"]),
        (EMPTY, ("creator",), ["viewer", "creator"]),
    ],
    ids=lambda value: str(getattr(value, "firstname", value)),
)
def test_roles_are_the_tokens_and_the_statuss(
    system: System, person: Account, token_roles: tuple[str, ...], roles: list[str]
) -> None:
    token = token_for(person.user_id, *token_roles)
    answer = system.users.GetMe(GetMeRequest(), metadata=bearer(token), timeout=10)
    assert list(answer.roles) == roles


def test_missing_user_is_told_where_configured(
    system_that_reports_missing_users: System,
) -> None:
    system = system_that_reports_missing_users
    headers = bearer(token_for(NOBODY, "viewer"))
    error = call_get_me(system, headers)
    assert error.reason == "USER_NOT_FOUND"
    answer = system.http.get("/api/v1/users/me", headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (404, "USER_NOT_FOUND")


def test_oversized_metadata_is_too_large_over_grpc(system: System) -> None:
    error = call_get_me(system, (*bearer(ADAS), ("x-padding", LONG)))
    assert error.reason == "TOO_LARGE"


def test_oversized_headers_are_too_large_over_rest(system: System) -> None:
    answer = system.http.get("/api/v1/users/me", headers=(*bearer(ADAS), ("x-padding", LONG)))
    assert (answer.status_code, answer.json()["reason"]) == (431, "TOO_LARGE")


def test_an_oversized_message_is_refused_over_grpc(system: System) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        system.users.GetUser(GetUserRequest(user_id="x" * 70_000), timeout=10)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_an_oversized_body_is_too_large_over_rest(system: System) -> None:
    headers = {"content-type": "application/json"}
    answer = system.http.post("/api/v1/users/login", content=b" " * 70_000, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (413, "TOO_LARGE")


def test_unknown_user_over_grpc(system: System) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        system.users.GetUser(GetUserRequest(user_id=str(NOBODY)), timeout=10)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert error_of_call(refused.value).reason == "USER_NOT_FOUND"


def test_unknown_user_over_rest(system: System) -> None:
    answer = system.http.get(f"/api/v1/users/{NOBODY}")
    assert (answer.status_code, answer.json()["reason"]) == (404, "USER_NOT_FOUND")


@pytest.mark.parametrize("user_id", ["ada", "1", f"{{{ADA.user_id}}}", f"urn:uuid:{ADA.user_id}"])
def test_invalid_field_over_both(system: System, user_id: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        system.users.GetUser(GetUserRequest(user_id=user_id), timeout=10)
    error = error_of_call(refused.value)
    assert (error.reason, list(error.field_violations)) == ("INVALID_FIELD", ["user_id"])
    answer = system.http.get(f"/api/v1/users/{user_id}")
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_FIELD")
