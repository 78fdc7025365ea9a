"""Traces: one way from the caller through gateway and server to the store, and no secret in it."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import httpx
import pytest

from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.accounts import CHEAP_ACCOUNTS, PASSWORD
from tests.conftest import NewStore
from tests.people import ADA, CREATOR, MODERATOR
from tests.servers.otlp import Collector, Recorded
from tests.servers.programs import Program, run_command, start_gateway, start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

ME = "/api/v1/users/me"
GATEWAY_SPAN = f"GET {ME}"
SERVER_SPAN = "getme.v1.UserService/GetMe"
CALLERS_SPAN = "00f067aa0ba902b7"


class Traced(NamedTuple):
    """A running server and gateway, and the collector of their spans."""

    collector: Collector
    server: Program
    gateway: Program
    http: httpx.Client

    def get(self, path: str, *headers: tuple[str, str]) -> httpx.Response:
        return self.http.get(path, headers=list(headers))


def run_traced(folder: Path, settings: dict[str, str]) -> Iterator[Traced]:
    with (
        Collector() as collector,
        start_server(folder, collector.settings | settings) as server,
        start_gateway(folder, server.address, collector.settings) as gateway,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
    ):
        yield Traced(collector, server, gateway, http)


@pytest.fixture(scope="module")
def traced(people_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    """Over the people of `tests.people`, in either store."""
    yield from run_traced(tmp_path_factory.mktemp("traced"), {"GETME_STORE": people_store})


@pytest.fixture(params=["sqlite", "cassandra"])
def traced_accounts(
    request: pytest.FixtureRequest, new_store: NewStore, tmp_path: Path
) -> Iterator[Traced]:
    """Where accounts may be made."""
    yield from run_traced(tmp_path, CHEAP_ACCOUNTS | {"GETME_STORE": new_store(request.param)})


def new_trace() -> str:
    return secrets.token_hex(16)


def traceparent(trace: str, *, sampled: bool = True) -> tuple[str, str]:
    return ("traceparent", f"00-{trace}-{CALLERS_SPAN}-{sampled:02x}")


def authorization(token: str) -> tuple[str, str]:
    return ("authorization", f"Bearer {token}")


def new_token() -> str:
    """Of which nothing remembers an answer."""
    return token_for(CREATOR.user_id, jti=secrets.token_hex(8))


def called(spans: list[Recorded], name: str) -> Recorded:
    return next(span for span in spans if span.name == name)


def test_request_is_one_trace_from_the_caller_to_the_store(
    traced: Traced, people_store: str
) -> None:
    trace = new_trace()
    headers = (authorization(token_for(ADA.user_id)), traceparent(trace))
    assert traced.get(ME, *headers, ("x-request-id", trace)).status_code == 200
    spans = traced.collector.of_trace(trace, GATEWAY_SPAN, SERVER_SPAN)
    request, call = called(spans, GATEWAY_SPAN), called(spans, SERVER_SPAN)
    assert (request.service, request.kind, request.parent) == (
        "getme-gateway",
        "SERVER",
        CALLERS_SPAN,
    )
    assert request.attributes == {
        "http.request.method": "GET",
        "http.route": ME,
        "http.response.status_code": 200,
        "getme.request_id": trace,
    }
    assert (call.service, call.kind, call.parent) == ("getme-server", "SERVER", request.id)
    assert call.attributes == {
        "rpc.system.name": "grpc",
        "rpc.method": SERVER_SPAN,
        "rpc.response.status_code": "OK",
        "getme.request_id": trace,
    }
    read = called(spans, "SELECT users")
    assert (read.service, read.kind, read.parent) == ("getme-server", "CLIENT", call.id)
    assert read.attributes == {
        "db.system.name": people_store.partition(":")[0],
        "db.operation.name": "SELECT",
        "db.collection.name": "users",
        "db.query.summary": "SELECT users",
    }
    assert not any(span.failed for span in spans)


def test_what_the_caller_does_not_record_nobody_does(traced: Traced) -> None:
    unrecorded, recorded = new_trace(), new_trace()
    for trace, sampled in ((unrecorded, False), (recorded, True)):
        headers = (authorization(new_token()), traceparent(trace, sampled=sampled))
        assert traced.get(ME, *headers).status_code == 200
    # Each program sends its spans in their order.
    traced.collector.of_trace(recorded, GATEWAY_SPAN, SERVER_SPAN)
    assert traced.collector.has_none_of(unrecorded)


BAD_PARENTS = {
    "none": (),
    "no IDs": (("traceparent", f"00-{'0' * 32}-{'0' * 16}-01"),),
    "upper case": (("traceparent", f"00-{'AB' * 16}-{CALLERS_SPAN}-01"),),
    "too long": (("traceparent", f"00-{'ab' * 16}-{CALLERS_SPAN}-01-more"),),
    "two": (traceparent("ab" * 16), traceparent("cd" * 16)),
    "an address": (("traceparent", "canary@example.org"),),
}


@pytest.mark.parametrize("headers", BAD_PARENTS.values(), ids=BAD_PARENTS)
def test_trace_begins_here_where_the_caller_names_none(
    traced: Traced, headers: tuple[tuple[str, str], ...]
) -> None:
    number = secrets.token_hex(8)
    named = (authorization(new_token()), ("x-request-id", number), ("tracestate", "canary@"))
    assert traced.get(ME, *named, *headers).status_code == 200
    find = traced.collector.with_attribute
    request = find("getme.request_id", number, service="getme-gateway")
    call = find("getme.request_id", number, service="getme-server")
    assert (request.parent, call.parent, call.trace) == ("", request.id, request.trace)
    assert not any("canary" in line for line in traced.gateway.lines + traced.server.lines)


def test_refusal_is_told_by_its_reason_and_is_no_fault(traced: Traced) -> None:
    trace = new_trace()
    assert traced.get(ME, authorization("no.token.atall"), traceparent(trace)).status_code == 401
    call = called(traced.collector.of_trace(trace, SERVER_SPAN, GATEWAY_SPAN), SERVER_SPAN)
    assert call.attributes["rpc.response.status_code"] == "UNAUTHENTICATED"
    assert call.attributes["getme.reason"] == "TOKEN_INVALID"
    assert not call.failed


def test_calls_answered_from_memory_have_spans(traced: Traced) -> None:
    token = token_for(MODERATOR.user_id)
    with grpc.insecure_channel(traced.server.address) as channel:

        def store_spans() -> list[Recorded]:
            trace = new_trace()
            metadata = (*bearer(token), traceparent(trace))
            UserServiceStub(channel).GetMe(GetMeRequest(), metadata=metadata, timeout=10)
            # The call's own is sent behind those within it.
            spans = traced.collector.of_trace(trace, SERVER_SPAN)
            return [span for span in spans if span.name != SERVER_SPAN]

        assert store_spans()
        assert until(lambda: not store_spans())


def test_requests_answered_from_memory_have_spans(traced: Traced) -> None:
    token = new_token()

    def is_remembered() -> bool:
        trace = new_trace()
        headers = (authorization(token), traceparent(trace))
        hits = memory_hits(traced.gateway)
        assert traced.get(ME, *headers).status_code == 200
        request = called(traced.collector.of_trace(trace, GATEWAY_SPAN), GATEWAY_SPAN)
        assert request.attributes["http.route"] == ME
        assert request.attributes["getme.request_id"]
        return memory_hits(traced.gateway) > hits

    assert until(is_remembered)


def memory_hits(gateway: Program) -> float:
    lines = httpx.get(gateway.metrics_url, trust_env=False).text.splitlines()
    (found,) = (
        each for each in lines if each.startswith("getme_memory_lookups_total") and "hit" in each
    )
    return float(found.rpartition(" ")[2])


def test_probes_have_no_spans(traced: Traced) -> None:
    probed, asked = new_trace(), new_trace()
    assert traced.get("/readyz", traceparent(probed)).status_code == 200
    assert traced.get(ME, authorization(new_token()), traceparent(asked)).status_code == 200
    traced.collector.of_trace(asked, GATEWAY_SPAN, SERVER_SPAN)
    assert traced.collector.has_none_of(probed)


def test_nothing_of_a_person_is_in_a_trace(traced_accounts: Traced) -> None:
    trace, http = new_trace(), traced_accounts.http
    http.headers.update([traceparent(trace), ("tracestate", "vendor=canary")])
    person = {"email": "canary@example.org", "firstname": "Canaria", "lastname": "Canary"}
    registered = http.post("/api/v1/users/register", json=person | {"password": PASSWORD})
    assert registered.status_code == 201
    user_id = registered.json()["userId"]
    sign_in = {"email": person["email"], "password": PASSWORD}
    signed_in = http.post("/api/v1/users/login", json=sign_in).json()
    http.headers.update([authorization(signed_in["token"])])
    assert http.get(ME).json()["email"] == person["email"]
    assert http.put(ME, json={"firstname": "Canarina"}).status_code == 200
    assert http.get(f"/api/v1/users/{user_id}").status_code == 200
    assert http.delete(f"{ME}/sessions/{user_id}").status_code in {204, 404}
    names = {
        span.name
        for span in traced_accounts.collector.of_trace(
            trace,
            "DELETE /api/v1/users/me/sessions/{session_id}",
            "getme.v1.AuthService/RevokeSession",
        )
    }
    assert {"POST /api/v1/users/login", "GET /api/v1/users/{user_id}", "UPDATE users"} <= names
    sent = b"".join(traced_accounts.collector.sent)
    secret = (*person.values(), "Canarina", "canary", user_id, PASSWORD, signed_in["token"])
    for text in (*secret, signed_in["refresh_token"], *signed_in["token"].split(".")):
        assert text.encode() not in sent


class Listening(grpc.GenericRpcHandler):
    """Takes any call, and keeps its metadata."""

    def __init__(self) -> None:
        self.heard: dict[str, Any] = {}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> None:
        if handler_call_details.method.endswith("/GetUser"):
            self.heard = dict(handler_call_details.invocation_metadata or ())


def test_gateway_passes_the_callers_state_on(tmp_path: Path) -> None:
    listening, trace = Listening(), new_trace()
    server = grpc.server(ThreadPoolExecutor(1), handlers=[listening])
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    with Collector() as collector, start_gateway(tmp_path, address, collector.settings) as gateway:
        headers = [traceparent(trace), ("tracestate", "one=1, two=2"), ("tracestate", "three=3")]
        url = f"http://{gateway.address}/api/v1/users/{ADA.user_id}"
        httpx.get(url, headers=headers, trust_env=False)
        (request,) = collector.of_trace(trace, "GET /api/v1/users/{user_id}")
    server.stop(None).wait()
    assert listening.heard["traceparent"] == f"00-{trace}-{request.id}-01"
    assert listening.heard["tracestate"] == "one=1,two=2,three=3"


def test_ratio_counts_where_the_caller_has_not_decided(
    people_database: str, tmp_path: Path
) -> None:
    trace = new_trace()
    with Collector() as collector:
        settings = {"GETME_STORE": people_database, "GETME_TRACING_RATIO": "0"}
        with start_server(tmp_path, collector.settings | settings) as server:
            with grpc.insecure_channel(server.address) as channel:
                users = UserServiceStub(channel)
                own = bearer(token_for(ADA.user_id))
                users.GetMe(GetMeRequest(), metadata=(*own, ("x-request-id", "undecided")))
                users.GetMe(GetMeRequest(), metadata=(*own, traceparent(trace)))
            assert server.stop() == 0
        collector.of_trace(trace, SERVER_SPAN)
        assert b"undecided" not in b"".join(collector.sent)


def test_end_of_the_server_sends_the_last_spans(people_database: str, tmp_path: Path) -> None:
    trace = new_trace()
    with Collector() as collector:
        settings = collector.settings | {"GETME_STORE": people_database, "GETME_WORKERS": "2"}
        settings["OTEL_BSP_SCHEDULE_DELAY"] = "600000"
        with start_server(tmp_path, settings) as server:
            with grpc.insecure_channel(server.address) as channel:
                metadata = (*bearer(token_for(ADA.user_id)), traceparent(trace))
                UserServiceStub(channel).GetMe(GetMeRequest(), metadata=metadata)
            assert collector.has_none_of(trace)
            assert server.stop() == 0
        assert not collector.has_none_of(trace)


def test_server_without_a_collector_answers_and_ends_in_time(
    people_database: str, tmp_path: Path
) -> None:
    nobody = {"GETME_TRACING": "otlp", "GETME_TRACING_ENDPOINT": "http://127.0.0.1:1"}
    with start_server(tmp_path, nobody | {"GETME_STORE": people_database}) as server:
        with grpc.insecure_channel(server.address) as channel:
            metadata = bearer(token_for(ADA.user_id))
            UserServiceStub(channel).GetMe(GetMeRequest(), metadata=metadata, timeout=10)
        assert server.stop() == 0
        assert not server.has_line("stop_cut_short", seconds=0)


def imported_by(program: Program) -> bool:
    """Whether a program that has ended has imported anything of OpenTelemetry."""
    assert any("import time:" in line for line in program.errors)
    return any("opentelemetry" in line for line in program.errors)


@pytest.mark.parametrize("tracing", ["off", "otlp"])
def test_opentelemetry_is_imported_only_where_it_is_on(
    people_database: str, tmp_path: Path, tracing: str
) -> None:
    settings = {"GETME_TRACING": tracing, "PYTHONPROFILEIMPORTTIME": "1"}
    with (
        start_server(tmp_path, settings | {"GETME_STORE": people_database}) as server,
        start_gateway(tmp_path, server.address, settings) as gateway,
    ):
        headers = dict([authorization(new_token())])
        url = f"http://{gateway.address}{ME}"
        assert httpx.get(url, headers=headers, trust_env=False).status_code == 200
        assert (gateway.stop(), server.stop()) == (0, 0)
    assert [imported_by(server), imported_by(gateway)] == [tracing == "otlp"] * 2


@pytest.mark.parametrize("command", ["getme-server", "getme-gateway"])
def test_start_without_the_extra_says_what_to_install(tmp_path: Path, command: str) -> None:
    (tmp_path / "opentelemetry").mkdir()
    (tmp_path / "opentelemetry" / "__init__.py").touch()  # stands before the real one
    settings = {"GETME_TRACING": "otlp", "PYTHONPATH": str(tmp_path)}
    done = run_command([command, "serve"], tmp_path, settings)
    assert done.returncode == 2
    missing = "OpenTelemetry is not installed; run: pip install 'getme[otel]'"
    assert done.stderr == f"{command}: GETME_TRACING: {missing}\n"
