"""What the routes of moderators answer, and what of a request reaches the server."""

from uuid import UUID

import grpc
import pytest

from getme.reasons import Reason
from getme.v1.admin_service_pb2 import FindUserResponse, SetAccountStatusResponse
from getme.v1.user_pb2 import User
from tests.unit.gateway.gateway_in_test import OWN_PAGE, Gateway, Header, Refusal

FIND = "/api/v1/admin/users/find"
ADA_ID = str(UUID(int=1))
STATUS = f"/api/v1/admin/users/{ADA_ID}/account_status"
ADA = User(user_id=ADA_ID, firstname="Ada", email="ada@example.org", account_status="suspended")
COOKIE: Header = (b"cookie", b"__Host-getme_access=token")
BEARER: Header = (b"authorization", b"Bearer token")


def test_finding_answers_the_user_and_whether_the_credentials_are_locked(gateway: Gateway) -> None:
    gateway.server.answers["FindUser"] = FindUserResponse(user=ADA, credentials_locked=True)
    answer = gateway.ask("POST", FIND, {"email": "Ada@Example.org"}, headers=[BEARER])
    assert answer.status == 200
    assert dict(answer.headers)[b"cache-control"] == b"no-store"
    assert answer.json == {
        "user": {
            "userId": ADA_ID,
            "firstname": "Ada",
            "lastname": "",
            "email": "ada@example.org",
            "account_status": "suspended",
            "created_date": None,
            "last_login_date": None,
        },
        "credentialsLocked": True,
    }
    assert gateway.server.requests[0].email == "Ada@Example.org"
    assert gateway.server.metadata[0]["authorization"] == "Bearer token"


@pytest.mark.parametrize("key", ["user_id", "userId"])
def test_finding_by_id_takes_either_spelling(gateway: Gateway, key: str) -> None:
    gateway.ask("POST", FIND, {key: ADA_ID}, headers=[BEARER])
    assert gateway.server.requests[0].user_id == ADA_ID


@pytest.mark.parametrize("first", ["email", "user_id"])
def test_two_ways_to_name_a_user_are_refused(gateway: Gateway, first: str) -> None:
    ways = {"email": "ada@example.org", "user_id": ADA_ID}
    second = ({*ways} - {first}).pop()
    answer = gateway.ask("POST", FIND, {first: ways[first], second: ways[second]})
    assert (answer.status, answer.reason) == (400, Reason.INVALID_FIELD)
    assert set(answer.json["errors"]) == {second}
    assert gateway.server.requests == []


def test_a_null_is_no_second_way(gateway: Gateway) -> None:
    gateway.ask("POST", FIND, {"email": None, "user_id": ADA_ID})
    assert gateway.server.requests[0].user_id == ADA_ID


@pytest.mark.parametrize("key", ["account_status", "accountStatus"])
def test_a_status_is_set_for_the_user_of_the_path(gateway: Gateway, key: str) -> None:
    gateway.server.answers["SetAccountStatus"] = SetAccountStatusResponse(user=ADA)
    body = {key: "suspended", "user_id": str(UUID(int=2))}
    answer = gateway.ask("PUT", STATUS, body, headers=[BEARER])
    assert (answer.status, answer.json["account_status"]) == (200, "suspended")
    (request,) = gateway.server.requests
    assert (request.user_id, request.account_status) == (ADA_ID, "suspended")


ROUTES = [("POST", FIND), ("PUT", STATUS)]


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=["find", "status"])
def test_a_cookie_acts_for_our_own_pages_alone(gateway: Gateway, method: str, path: str) -> None:
    strange: Header = (b"sec-fetch-site", b"same-site")
    for headers in ([COOKIE], [COOKIE, strange]):
        refused = gateway.ask(method, path, {}, headers=headers)
        assert (refused.status, refused.reason) == (403, "ORIGIN_REFUSED")
    assert gateway.server.requests == []
    assert gateway.ask(method, path, {}, headers=[COOKIE, OWN_PAGE]).status == 200


@pytest.mark.parametrize(
    ("code", "reason", "status"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, Reason.TOKEN_MISSING, 401),
        (grpc.StatusCode.PERMISSION_DENIED, Reason.ROLE_REQUIRED, 403),
        (grpc.StatusCode.NOT_FOUND, Reason.USER_NOT_FOUND, 404),
        (grpc.StatusCode.FAILED_PRECONDITION, Reason.LAST_MODERATOR, 409),
        (grpc.StatusCode.ABORTED, Reason.ETAG_MISMATCH, 412),
    ],
    ids=lambda value: str(value) if isinstance(value, Reason) else "",
)
def test_the_servers_refusals_keep_their_statuses(
    gateway: Gateway, code: grpc.StatusCode, reason: Reason, status: int
) -> None:
    gateway.server.answers["SetAccountStatus"] = Refusal(code, reason)
    answer = gateway.ask("PUT", STATUS, {"account_status": "active"}, headers=[BEARER])
    assert (answer.status, answer.reason) == (status, reason)
