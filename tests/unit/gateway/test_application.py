"""The ASGI application as an HTTP server sees it: limits, headers on every answer, no leaks."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
import pytest
import structlog
from prometheus_client import CollectorRegistry
from structlog.testing import LogCapture

from getme.program.line_budget import LINES_A_SECOND
from getme.reasons import Reason
from getme_gateway.access_log import AccessLog
from getme_gateway.application import Application
from getme_gateway.cors import Cors
from getme_gateway.disconnect import Disconnected
from getme_gateway.http_messages import Request, Response
from getme_gateway.metrics import RequestMetrics
from getme_gateway.refusals import TokenInvalid
from getme_gateway.security_headers import SecurityHeaders
from getme_gateway.shortcut import Shortcut

MakeScope = Callable[..., dict[str, Any]]
Routes = Callable[[Request], Awaitable[Response]]


class Gateway:
    """The application on a clock that stands still, with its log and metrics at hand."""

    def __init__(
        self, routes: Routes, *, origins: frozenset[bytes] = frozenset(), on_tls: bool = False
    ) -> None:
        self.log = LogCapture()
        self.registry = CollectorRegistry()
        self.now = 1.0
        logger = structlog.wrap_logger(structlog.PrintLogger(), processors=[self.log])
        self.application = Application(
            routes,
            shortcut=Shortcut("/api/v1/users/me", lambda _token: None),
            security=SecurityHeaders(on_tls=on_tls),
            cors=Cors(origins),
            metrics=RequestMetrics(self.registry),
            access_log=AccessLog(logger, lambda: self.now),
            logger=logger,
            clock=lambda: self.now,
        )

    def answer(self, scope: dict[str, Any]) -> "Answer":
        """The answer to a request without a body."""
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.application(scope, receive, send))
        assert [message["type"] for message in sent] == [
            "http.response.start",
            "http.response.body",
        ]
        return Answer(sent[0]["status"], sent[0]["headers"], sent[1]["body"])

    def metric(self, **labels: str) -> float | None:
        """How many answers had these labels."""
        return self.registry.get_sample_value("getme_gateway_requests_total", labels)


@dataclass
class Answer:
    """What was sent."""

    status: int
    all_headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def headers(self) -> dict[bytes, bytes]:
        """Those that are given once."""
        return dict(self.all_headers)

    @property
    def reason(self) -> str:
        """The reason of a problem."""
        return str(orjson.loads(self.body)["reason"])


async def _ok(request: Request) -> Response:
    request.route = "/ok"
    return Response(200, body=b"hello")


async def _bug(_request: Request) -> Response:
    raise RuntimeError("secret=abc")


async def _gone(_request: Request) -> Response:
    raise Disconnected


@pytest.mark.parametrize(
    ("of_scope", "status", "reason"),
    [
        pytest.param({"headers": [(b"a", b"")] * 63}, 200, "", id="64 headers"),
        pytest.param({"headers": [(b"a", b"")] * 64}, 431, "TOO_LARGE", id="65 headers"),
        pytest.param({"headers": [(b"a", b"b" * 32_000)]}, 200, "", id="headers within 32 KiB"),
        pytest.param(
            {"headers": [(b"a", b"b" * 32_768)]}, 431, "TOO_LARGE", id="headers over 32 KiB"
        ),
        pytest.param(
            {"headers": [(b"a" * 1000, b"b" * 1000)] * 17}, 431, "TOO_LARGE", id="names count too"
        ),
        pytest.param({"path": b"/" + b"a" * 8191}, 200, "", id="target of 8 KiB"),
        pytest.param({"path": b"/" + b"a" * 8192}, 414, "TOO_LARGE", id="longer target"),
        pytest.param({"query": b"a" * 8192}, 414, "TOO_LARGE", id="longer query"),
        pytest.param({"headers": [(b"host", b"b")]}, 400, "INVALID_FIELD", id="two hosts"),
    ],
)
def test_requests_are_refused_beyond_the_limits(
    scope: MakeScope, of_scope: dict[str, Any], status: int, reason: str
) -> None:
    answer = Gateway(_ok).answer(scope(**of_scope))
    assert answer.status == status
    assert not reason or answer.reason == reason


@pytest.mark.parametrize("routes", [_ok, _bug, _gone], ids=["answer", "bug", "gone"])
def test_every_answer_has_the_security_headers_and_the_request_id(
    scope: MakeScope, routes: Routes
) -> None:
    headers = Gateway(routes).answer(scope(headers=[(b"x-request-id", b"id-1")])).headers
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"referrer-policy"] == b"no-referrer"
    policy = b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    assert headers[b"content-security-policy"] == policy
    assert headers[b"cross-origin-resource-policy"] == b"same-origin"
    assert headers[b"x-request-id"] == b"id-1"


def test_a_page_keeps_its_own_policy_and_is_apart_from_other_windows(scope: MakeScope) -> None:
    async def page(_request: Request) -> Response:
        return Response(200, ((b"content-security-policy", b"default-src 'self'"),), b"page")

    headers = Gateway(page).answer(scope()).all_headers
    assert headers.count((b"content-security-policy", b"default-src 'self'")) == 1
    assert [name for name, _ in headers].count(b"content-security-policy") == 1
    assert (b"cross-origin-opener-policy", b"same-origin") in headers
    assert (b"x-content-type-options", b"nosniff") in headers


@pytest.mark.parametrize("routes", [_ok, _bug], ids=["answer", "bug"])
def test_browsers_are_told_to_stay_on_tls_where_we_speak_it(
    scope: MakeScope, routes: Routes
) -> None:
    assert b"strict-transport-security" not in Gateway(routes).answer(scope()).headers
    headers = Gateway(routes, on_tls=True).answer(scope()).headers
    assert headers[b"strict-transport-security"] == b"max-age=31536000"


def test_head_has_the_length_and_not_the_body(scope: MakeScope) -> None:
    answer = Gateway(_ok).answer(scope(method="HEAD"))
    assert (answer.headers[b"content-length"], answer.body) == (b"5", b"")


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_no_length(scope: MakeScope, status: int) -> None:
    async def empty(_request: Request) -> Response:
        return Response(status)

    assert b"content-length" not in Gateway(empty).answer(scope()).headers


def test_a_bug_is_logged_with_its_trace_and_not_told(scope: MakeScope) -> None:
    gateway = Gateway(_bug)
    answer = gateway.answer(scope(headers=[(b"x-request-id", b"id-1")]))
    assert (answer.status, answer.reason) == (500, "INTERNAL")
    assert b"secret" not in answer.body
    bug, line = gateway.log.entries
    assert (bug["event"], bug["request_id"], bug["exc_info"]) == ("bug", "id-1", True)
    assert (line["status"], line["log_level"]) == (500, "error")


def test_a_log_line_has_the_template_and_nothing_that_was_sent(scope: MakeScope) -> None:
    gateway = Gateway(_ok)
    gateway.answer(
        scope(
            path=b"/ok/canary",
            query=b"token=canary",
            headers=[(b"authorization", b"canary"), (b"x-request-id", b"id-1")],
        )
    )
    (line,) = gateway.log.entries
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": "id-1",
        "method": "GET",
        "route": "/ok",
        "status": 200,
        "duration_ms": 0.0,
    }


def test_log_lines_beyond_so_many_a_second_are_counted_instead(scope: MakeScope) -> None:
    gateway = Gateway(_ok)
    for _ in range(LINES_A_SECOND + 7):
        gateway.answer(scope())
    assert len(gateway.log.entries) == LINES_A_SECOND
    gateway.now += 1
    gateway.answer(scope())
    gateway.answer(scope())
    assert [line.get("lines_left_out") for line in gateway.log.entries[-2:]] == [7, None]


def test_failures_are_logged_however_many_lines_there_were(scope: MakeScope) -> None:
    gateway = Gateway(_bug)
    for _ in range(LINES_A_SECOND + 7):
        gateway.answer(scope())
    lines = [line for line in gateway.log.entries if line["event"] == "request"]
    assert len(lines) == LINES_A_SECOND + 7


@pytest.mark.parametrize(
    ("routes", "method", "labels"),
    [
        pytest.param(_ok, "GET", ("GET", "/ok", "200"), id="answer"),
        pytest.param(_ok, "FOO", ("other", "/ok", "200"), id="unknown method"),
        pytest.param(_bug, "GET", ("GET", "none", "500"), id="no route"),
        pytest.param(_gone, "GET", ("GET", "none", "499"), id="gone"),
    ],
)
def test_answers_are_counted_with_bounded_labels(
    scope: MakeScope, routes: Routes, method: str, labels: tuple[str, str, str]
) -> None:
    gateway = Gateway(routes)
    gateway.answer(scope(method=method))
    names = ("method", "route", "status")
    assert gateway.metric(**dict(zip(names, labels, strict=True))) == 1


def test_refusals_are_counted_by_reason_and_every_reason_of_getme_from_the_start(
    scope: MakeScope,
) -> None:
    async def refused(_request: Request) -> Response:
        raise TokenInvalid("x")

    gateway = Gateway(refused)
    counted = partial(gateway.registry.get_sample_value, "getme_gateway_refusals_total")
    assert {reason: counted({"reason": reason}) for reason in Reason} == dict.fromkeys(Reason, 0)
    gateway.answer(scope())
    assert counted({"reason": "TOKEN_INVALID"}) == 1
