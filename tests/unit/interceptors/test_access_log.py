"""One line a call with what an operator asks for, within a budget, and never a secret."""

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from getme.program.line_budget import LINES_A_SECOND
from getme.v1.user_service_pb2 import GetUserResponse
from getme_server.errors import TokenInvalid
from getme_server.interceptors.access_log import AccessLog
from getme_server.interceptors.authentication import Authentication
from getme_server.interceptors.errors import ErrorTranslation
from tests.unit.interceptors.serving import Metadata, Running, serve
from tests.unit.interceptors.verifying import Verifying
from tests.unit.tokens.forging import NOW, USER_ID, forge

BEARER: Metadata = (("authorization", f"Bearer {forge()}"),)
Lines = list[MutableMapping[str, Any]]


class Clock:
    """Monotonic seconds that a test sets."""

    seconds = 100.5

    def __call__(self) -> float:
        """Seconds."""
        return self.seconds


def unary(_request: Any, _context: Any) -> GetUserResponse:
    return GetUserResponse()


def unary_invalid(_request: Any, _context: Any) -> GetUserResponse:
    raise TokenInvalid("its user does not exist")


def unary_crash(_request: Any, _context: Any) -> GetUserResponse:
    raise RuntimeError("canary")


def stream(_request: Any, _context: Any) -> Iterator[GetUserResponse]:
    yield GetUserResponse()
    yield GetUserResponse()


def stream_crash(_request: Any, _context: Any) -> Iterator[GetUserResponse]:
    yield GetUserResponse()
    raise RuntimeError("canary")


BEHAVIOURS = {
    behaviour.__name__: behaviour
    for behaviour in (unary, unary_invalid, unary_crash, stream, stream_crash)
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[Running]:
    verifier = Verifying()
    chain = [AccessLog(clock), ErrorTranslation(), Authentication(verifier, lambda: NOW, lambda: 0)]
    with serve(BEHAVIOURS, chain) as running:
        yield running


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs() as captured:
        yield captured


def calls_in(lines: Lines) -> Lines:
    return [line for line in lines if line["event"] == "call"]


# kind, code, reason, level
ENDS = {
    "unary": ("unary", "OK", None, "info"),
    "refused unary": ("unary_invalid", "UNAUTHENTICATED", "TOKEN_INVALID", "info"),
    "crashed unary": ("unary_crash", "INTERNAL", "INTERNAL", "error"),
    "stream": ("stream", "OK", None, "info"),
    "crashed stream": ("stream_crash", "INTERNAL", "INTERNAL", "error"),
}


@pytest.mark.parametrize(("kind", "code", "reason", "level"), ENDS.values(), ids=ENDS)
def test_each_call_has_one_line(  # noqa: PLR0913, PLR0917  # a row of the table
    server: Running, lines: Lines, kind: str, code: str, reason: str | None, level: str
) -> None:
    metadata = (*BEARER, ("x-request-id", "request-1"))
    if code == "OK":
        server.call(kind, metadata=metadata)
    else:
        server.refused(kind, metadata=metadata)
    (line,) = calls_in(lines)
    assert line["method"] == f"/test.Test/{kind}"
    assert (line["code"], line.get("reason"), line["log_level"]) == (code, reason, level)
    assert line["request_id"] == "request-1"
    assert line["user_id"] == str(USER_ID)
    assert 0 < line["duration_ms"] < 10_000


def test_refused_caller_is_told_apart_in_the_log_by_cause_alone(
    server: Running, lines: Lines
) -> None:
    server.refused(metadata=(("authorization", f"Bearer {forge()}="),))
    (line,) = calls_in(lines)
    assert line["cause"] == "it is not three base64url parts without padding (RFC 7515 section 7.1)"
    assert "user_id" not in line
    assert forge()[:20] not in str(lines)


REQUEST_IDS = {
    "none": (),
    "empty": (("x-request-id", ""),),
    "too long": (("x-request-id", "x" * 65),),
    "with a space": (("x-request-id", "a b"),),
    "with a quote": (("x-request-id", '"}'),),
    "binary namesake": (("x-request-id-bin", b"request-1"),),
}


@pytest.mark.parametrize("metadata", REQUEST_IDS.values(), ids=REQUEST_IDS)
def test_request_id_that_is_not_well_formed_is_replaced(
    server: Running, lines: Lines, metadata: Metadata
) -> None:
    refusal = server.refused("unary_crash", metadata=(*BEARER, *metadata))
    (line,) = calls_in(lines)
    assert re.fullmatch("[0-9a-f]{16}", line["request_id"])
    assert refusal.details["RequestInfo"].request_id == line["request_id"]


def test_request_ids_that_are_made_differ(server: Running, lines: Lines) -> None:
    for _ in range(20):
        server.call(metadata=BEARER)
    assert len({line["request_id"] for line in calls_in(lines)}) == 20


def test_successes_and_refusals_have_budgets_of_their_own_and_faults_none(
    server: Running, lines: Lines
) -> None:
    for _ in range(LINES_A_SECOND + 5):
        server.call(metadata=BEARER)
        server.refused()
        server.refused("unary_crash", metadata=BEARER)
    codes = [line["code"] for line in calls_in(lines)]
    assert codes.count("OK") == LINES_A_SECOND
    assert codes.count("UNAUTHENTICATED") == LINES_A_SECOND
    assert codes.count("INTERNAL") == LINES_A_SECOND + 5


def test_next_line_says_how_many_were_left_out(server: Running, lines: Lines, clock: Clock) -> None:
    for _ in range(LINES_A_SECOND + 5):
        server.call(metadata=BEARER)
    clock.seconds += 1
    server.call(metadata=BEARER)
    server.call(metadata=BEARER)
    assert [line.get("lines_left_out") for line in calls_in(lines)[-2:]] == [5, None]
