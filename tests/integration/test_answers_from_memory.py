"""GetMe from the server's memory over gRPC: as good as any other answer, and for as long."""

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import grpc
import httpx
import pytest
from google.protobuf.duration_pb2 import Duration

import getme
from getme.v1.admin_service_pb2 import RevokeUserTokensRequest
from getme.v1.admin_service_pb2_grpc import AdminServiceStub
from getme.v1.user_service_pb2 import GetMeRequest, GetMeResponse
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.people import ADA, NEVER_SIGNED_IN
from tests.servers.programs import Program, start_server
from tests.tokens import bearer, token_for
from tests.waiting import until

METADATA = bearer(token_for(ADA.user_id))
SECONDS = 10


@pytest.fixture
def server(people_database: str, tmp_path: Path) -> Iterator[Program]:
    with start_server(tmp_path, {"GETME_STORE": people_database}) as running:
        yield running


@pytest.fixture
def users(server: Program) -> Iterator[UserServiceStub]:
    with grpc.insecure_channel(server.address) as channel:
        yield UserServiceStub(channel)


def hits(server: Program) -> float:
    text = httpx.get(server.metrics_url, trust_env=False).text
    found = re.search(r'^getme_memory_lookups_total\{result="hit"\} (\S+)$', text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def ask(users: UserServiceStub, metadata: tuple[tuple[str, str], ...] = METADATA) -> GetMeResponse:
    return users.GetMe(GetMeRequest(), metadata=metadata, timeout=SECONDS)


def remember(users: UserServiceStub, server: Program) -> GetMeResponse:
    """Asks until an answer comes from memory; that answer."""
    before = hits(server)
    assert until(lambda: bool(ask(users)) and hits(server) > before)
    return ask(users)


def refused(users: UserServiceStub, metadata: tuple[tuple[str, str], ...]) -> str:
    with pytest.raises(grpc.RpcError) as raised:
        ask(users, metadata)
    return getme.errors.error_of_call(raised.value).reason


def rename_around_getme(people_database: str, name: str) -> None:
    """As another service does it that writes the tables."""
    path = people_database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "UPDATE users SET firstname = ? WHERE userid = ?", (name, str(ADA.user_id))
        )


def test_an_answer_from_memory_is_the_same(server: Program, users: UserServiceStub) -> None:
    read = users.GetMe(GetMeRequest(max_staleness=Duration()), metadata=METADATA, timeout=SECONDS)
    assert remember(users, server) == read


def test_max_staleness_has_the_store_read(
    server: Program, users: UserServiceStub, people_database: str
) -> None:
    remember(users, server)
    rename_around_getme(people_database, "Augusta")
    assert ask(users).user.firstname == ADA.firstname
    lately = GetMeRequest(max_staleness=Duration(seconds=30))
    answer = users.GetMe(lately, metadata=METADATA, timeout=SECONDS)
    assert answer.user.firstname == ADA.firstname
    now = GetMeRequest(max_staleness=Duration())
    answer = users.GetMe(now, metadata=METADATA, timeout=SECONDS)
    assert answer.user.firstname == "Augusta"


def test_max_staleness_has_revocations_read_too(
    server: Program, people_database: str, tmp_path: Path
) -> None:
    # Another server on the same store, which hears of it by its next poll.
    with (
        start_server(tmp_path, {"GETME_STORE": people_database}) as other,
        grpc.insecure_channel(other.address) as channel,
    ):
        elsewhere = UserServiceStub(channel)
        moderator = bearer(token_for(NEVER_SIGNED_IN.user_id, "moderator"))
        for _ in range(5):
            token = bearer(token_for(ADA.user_id, iat=time.time()))
            ask(elsewhere, token)
            request = RevokeUserTokensRequest(user_id=str(ADA.user_id))
            with grpc.insecure_channel(server.address) as to_server:
                AdminServiceStub(to_server).RevokeUserTokens(request, metadata=moderator)
            assert ask_now(elsewhere, token) == "TOKEN_REVOKED"


def ask_now(users: UserServiceStub, metadata: tuple[tuple[str, str], ...]) -> str:
    """Why a call that must not be answered from memory is refused, empty if it is not."""
    try:
        now = GetMeRequest(max_staleness=Duration())
        users.GetMe(now, metadata=metadata, timeout=SECONDS)
    except grpc.RpcError as error:
        return getme.errors.error_of_call(error).reason
    return ""


def test_a_change_around_getme_counts_after_the_cache_s_time(
    people_database: str, tmp_path: Path
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_CACHE_TTL": "1s"}
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        users = UserServiceStub(channel)
        remember(users, server)
        rename_around_getme(people_database, "Augusta")
        assert until(lambda: ask(users).user.firstname == "Augusta", seconds=1.5)


def test_with_no_time_to_remember_each_call_reads(people_database: str, tmp_path: Path) -> None:
    settings = {"GETME_STORE": people_database, "GETME_CACHE_TTL": "0"}
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        users = UserServiceStub(channel)
        for name in ("Augusta", "Byron", "King"):
            rename_around_getme(people_database, name)
            assert ask(users).user.firstname == name
        assert hits(server) == 0


def test_tokens_that_begin_alike_are_told_apart(server: Program, users: UserServiceStub) -> None:
    remember(users, server)
    other = bearer(token_for(NEVER_SIGNED_IN.user_id))
    assert ask(users, other).user.user_id == str(NEVER_SIGNED_IN.user_id)
    cut = bearer(token_for(ADA.user_id)[:-1])
    assert refused(users, cut) == "TOKEN_INVALID"


def test_an_expired_token_is_refused_though_its_answer_is_remembered(
    server: Program, users: UserServiceStub
) -> None:
    expires = int(time.time()) + 3
    short = bearer(token_for(ADA.user_id, exp=expires))
    before = hits(server)
    assert until(lambda: bool(ask(users, short)) and hits(server) > before, seconds=1)
    assert until(lambda: time.time() > expires + 1)
    assert refused(users, short) == "TOKEN_EXPIRED"


def test_what_a_remembered_call_may_not_have_it_may_not_have_now(
    server: Program, users: UserServiceStub
) -> None:
    remember(users, server)
    assert refused(users, (*METADATA, *METADATA)) == "TOKEN_INVALID"
    assert refused(users, (*METADATA, ("x-filling", "x" * 40_000))) == "TOO_LARGE"


def test_the_log_has_who_called(server: Program, users: UserServiceStub) -> None:
    remember(users, server)
    request_id = ("x-request-id", "from-memory-1")
    before = hits(server)
    ask(users, (*METADATA, request_id))
    assert hits(server) == before + 1
    assert server.has_line("from-memory-1")
    (line,) = (json.loads(text) for text in server.lines if "from-memory-1" in text)
    assert line["user_id"] == str(ADA.user_id)
    assert line["code"] == "OK"
