"""Every error has its HTTP answer, and none says more than it should."""

import orjson
import pytest

import getme
from getme import errors
from getme.errors import ErrorDetails
from getme.reasons import Reason
from getme_gateway import problem, refusals
from getme_gateway.http_messages import Response
from getme_gateway.refusals import Refused

REFUSALS = [
    (refusals.RouteNotFound(), 404, "ROUTE_NOT_FOUND"),
    (refusals.MethodNotAllowed(("GET", "HEAD")), 405, "METHOD_NOT_ALLOWED"),
    (refusals.UnsupportedMediaType("x"), 415, "UNSUPPORTED_MEDIA_TYPE"),
    (refusals.InvalidField({"name": "must be short"}), 400, "INVALID_FIELD"),
    (refusals.TokenInvalid("x"), 401, "TOKEN_INVALID"),
    (refusals.OriginRefused("x"), 403, "ORIGIN_REFUSED"),
    (refusals.HeadersTooLarge("x"), 431, "TOO_LARGE"),
    (refusals.TargetTooLong("x"), 414, "TOO_LARGE"),
    (refusals.BodyTooLarge("x"), 413, "TOO_LARGE"),
    (refusals.BodyTimeout("x"), 408, "BODY_TIMEOUT"),
    (refusals.NotReady("x"), 503, "NOT_READY"),
]
INVALID_TOKEN = b'Bearer realm="getme", error="invalid_token"'


def test_every_reason_of_the_server_has_a_row() -> None:
    assert set(Reason) <= set(problem.ANSWERS)


def test_every_refusal_of_the_gateway_has_a_row_and_is_in_this_table() -> None:
    kinds = set(Refused.__subclasses__())
    assert {kind.reason for kind in kinds} <= set(problem.ANSWERS)
    assert {type(refusal) for refusal, _, _ in REFUSALS} == kinds


@pytest.mark.parametrize(
    ("refusal", "status", "reason"), REFUSALS, ids=[type(row[0]).__name__ for row in REFUSALS]
)
def test_a_refusal_is_a_problem_of_its_status(refusal: Refused, status: int, reason: str) -> None:
    body = _checked(problem.refused(refusal, "id-1"), status)
    assert body["reason"] == reason
    assert body["detail"] == refusal.detail


def test_invalid_fields_are_told_one_by_one() -> None:
    answer = problem.refused(refusals.InvalidField({"name": "must be short"}), "id-1")
    assert orjson.loads(answer.body)["errors"] == {"name": "must be short"}


def test_a_wrong_method_is_told_the_right_ones() -> None:
    answer = problem.refused(refusals.MethodNotAllowed(("GET", "HEAD")), "id-1")
    assert dict(answer.headers)[b"allow"] == b"GET, HEAD"


@pytest.mark.parametrize(
    ("reason", "status", "challenge"),
    [
        (Reason.TOKEN_MISSING, 401, b'Bearer realm="getme"'),
        (Reason.TOKEN_INVALID, 401, INVALID_TOKEN),
        (Reason.TOKEN_EXPIRED, 401, INVALID_TOKEN),
        (Reason.TOKEN_REVOKED, 401, INVALID_TOKEN),
        (Reason.ROLE_REQUIRED, 403, None),
        (Reason.ACCOUNT_SUSPENDED, 403, None),
        (Reason.ACCOUNT_LOCKED, 403, None),
        (Reason.ACCOUNT_INACTIVE, 403, None),
        (Reason.ACCOUNT_BANNED, 403, None),
        (Reason.BAD_CREDENTIALS, 401, b'Bearer realm="getme"'),
        (Reason.RATE_LIMITED, 429, None),
        (Reason.EMAIL_TAKEN, 409, None),
        (Reason.ETAG_MISMATCH, 412, None),
        (Reason.LAST_MODERATOR, 409, None),
        (Reason.SESSION_NOT_FOUND, 404, None),
        (Reason.INVALID_FIELD, 400, None),
        (Reason.USER_NOT_FOUND, 404, None),
        (Reason.STORE_UNAVAILABLE, 503, None),
        (Reason.OVERLOADED, 503, None),
        (Reason.TOO_LARGE, 431, None),
        (Reason.INTERNAL, 500, None),
    ],
)
def test_the_servers_refusals_keep_reason_and_message(
    reason: Reason, status: int, challenge: bytes | None
) -> None:
    details = ErrorDetails(request_id="id-1")
    error = getme.Unavailable("Said to all.", reason=reason, details=details)
    answer = problem.failed(error, "id-1")
    body = _checked(answer, status)
    assert (body["reason"], body["detail"]) == (reason, "Said to all.")
    assert dict(answer.headers).get(b"www-authenticate") == challenge


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        (getme.Unavailable, "UNAVAILABLE", 503),
        (getme.Unavailable, "RESOURCE_EXHAUSTED", 503),
        (getme.DeadlineExceeded, "DEADLINE_EXCEEDED", 504),
        (getme.Internal, "UNKNOWN", 502),
        (getme.Internal, "INTERNAL", 502),
        (errors.Unimplemented, "UNIMPLEMENTED", 501),
        (getme.Internal, "CANCELLED", 502),
        (getme.Unauthenticated, "UNAUTHENTICATED", 401),
        (getme.PermissionDenied, "PERMISSION_DENIED", 403),
        (getme.InvalidArgument, "INVALID_ARGUMENT", 400),
        (getme.NotFound, "NOT_FOUND", 404),
        (getme.AlreadyExists, "ALREADY_EXISTS", 409),
        (errors.Aborted, "ABORTED", 409),
        (errors.FailedPrecondition, "FAILED_PRECONDITION", 409),
    ],
)
def test_what_grpc_itself_says_is_for_the_log_only(
    kind: type[getme.Error], code: str, status: int
) -> None:
    private = "failed to connect to ipv4:10.0.0.7:50051"
    answer = problem.failed(kind(private, reason=code, details=ErrorDetails()), "id-1")
    assert _checked(answer, status)["reason"] == code
    assert b"10.0.0.7" not in answer.body
    assert answer.cause == private


def test_every_class_of_error_is_answered_whatever_its_reason() -> None:
    for kind in getme.Error.__subclasses__():
        error = kind("x", reason="OF_A_NEWER_SERVER", details=ErrorDetails())
        assert problem.failed(error, "id-1").status >= 400


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(None, b"1"), (0.2, b"1"), (2.1, b"3"), (30.0, b"30"), (-1.0, b"1")],
    ids=["not told", "less than a second", "rounded up", "as told", "negative"],
)
@pytest.mark.parametrize("reason", [Reason.STORE_UNAVAILABLE, Reason.RATE_LIMITED])
def test_retry_after_is_whole_seconds_and_at_least_one(
    reason: Reason, told: float | None, seconds: bytes
) -> None:
    details = ErrorDetails(retry_after_seconds=told)
    error = getme.Unavailable("x", reason=reason, details=details)
    assert dict(problem.failed(error, "id-1").headers)[b"retry-after"] == seconds


def test_the_servers_field_violations_are_passed_on() -> None:
    details = ErrorDetails(field_violations={"user_id": "must be a UUID"})
    error = getme.InvalidArgument("x", reason=Reason.INVALID_FIELD, details=details)
    assert orjson.loads(problem.failed(error, "id-1").body)["errors"] == {
        "user_id": "must be a UUID"
    }


def _checked(answer: Response, status: int) -> dict[str, object]:
    """The body of an answer that is a problem of that status in every respect."""
    headers = dict(answer.headers)
    body: dict[str, object] = orjson.loads(answer.body)
    assert answer.status == body["status"] == status
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"cache-control"] == b"no-store"
    assert body["type"] == f"urn:getme:reason:{body['reason']}"
    assert body["title"]
    assert body["request_id"] == "id-1"
    assert (b"retry-after" in headers) == (status in {429, 503})
    assert (b"www-authenticate" in headers) == (status == 401)
    assert answer.reason == body["reason"]
    return body
