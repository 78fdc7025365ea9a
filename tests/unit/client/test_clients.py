"""Both forms of the client against a real server: the same values, the same typed errors."""

import asyncio
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

import getme
from getme.v1.user_pb2 import PublicUser, User
from getme.v1.user_service_pb2 import BatchGetUsersResponse, GetMeResponse, GetUserResponse
from tests.unit.client.serving import SECONDS, Users, serve_users

TOKEN = "canary-token-5d1c"
USER_ID = "7777b733-a6b8-47e7-83ad-bc2739ae9954"
SHORT = 0.2  # seconds that a call may take that must run out of time
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)

Ask: TypeAlias = Callable[..., Any]


def ask_with_threads(address: str, method: str, *args: Any, **options: Any) -> Any:
    timeout = options.pop("timeout_seconds", SECONDS)
    with getme.Client(address, timeout_seconds=timeout) as client:
        return getattr(client, method)(*args, **options)


def ask_with_asyncio(address: str, method: str, *args: Any, **options: Any) -> Any:
    async def ask() -> Any:
        timeout = options.pop("timeout_seconds", SECONDS)
        async with getme.aio.Client(address, timeout_seconds=timeout) as client:
            return await getattr(client, method)(*args, **options)

    return asyncio.run(ask())


@pytest.fixture(params=[ask_with_threads, ask_with_asyncio], ids=["threads", "asyncio"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Makes a client of either form, asks it once, and closes it."""
    asked: Ask = request.param
    return asked


@pytest.fixture
def users() -> Iterator[Users]:
    with serve_users() as running:
        yield running


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address where nobody listens; it is held so that nobody else does."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


def timestamp(moment: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(moment)
    return made


def test_whole_user_is_answered_with_roles_and_etag(users: Users, ask: Ask) -> None:
    created = datetime(2025, 4, 30, 8, 0, 0, 123_000, tzinfo=UTC)
    user = User(
        user_id=USER_ID,
        firstname="Zoë 😀",
        lastname="Example",
        email="zoe@example.org",
        account_status="active",
        created_date=timestamp(created),
        last_login_date=timestamp(LAST_MOMENT),
    )
    answer = GetMeResponse(user=user, etag="etag-1", roles=["viewer", "creator"])
    users.get_me = lambda _request, _context: answer
    assert ask(users.address, "get_me", TOKEN) == getme.User(
        user_id=USER_ID,
        firstname="Zoë 😀",
        lastname="Example",
        email="zoe@example.org",
        account_status="active",
        created_date=created,
        last_login_date=LAST_MOMENT,
        roles=("viewer", "creator"),
        etag="etag-1",
    )
    assert users.metadata[0]["authorization"] == f"Bearer {TOKEN}"


def test_absent_dates_are_none(users: Users, ask: Ask) -> None:
    user = ask(users.address, "get_me", TOKEN)
    assert (user.created_date, user.last_login_date) == (None, None)


def test_first_moment_of_time_is_a_date(users: Users, ask: Ask) -> None:
    first = User(created_date=Timestamp(seconds=-62_135_596_800))
    users.get_me = lambda _request, _context: GetMeResponse(user=first)
    assert ask(users.address, "get_me", TOKEN).created_date == datetime(1, 1, 1, tzinfo=UTC)


def test_public_profile_is_answered_without_a_token(users: Users, ask: Ask) -> None:
    users.get_user_answer = GetUserResponse(
        user=PublicUser(user_id=USER_ID, firstname="Ada", account_status="active")
    )
    assert ask(users.address, "get_user", USER_ID) == getme.PublicUser(
        USER_ID, "Ada", "", "active", None
    )
    assert "authorization" not in users.metadata[0]


def test_public_profiles_are_answered_in_their_order_without_a_token(
    users: Users, ask: Ask
) -> None:
    users.batch_answer = BatchGetUsersResponse(
        users=[
            PublicUser(user_id="2", firstname="Grace"),
            PublicUser(user_id="1", created_date=timestamp(LAST_MOMENT)),
        ]
    )
    assert ask(users.address, "batch_get_users", ["2", "3", "1"]) == [
        getme.PublicUser("2", "Grace", "", "", None),
        getme.PublicUser("1", "", "", "", LAST_MOMENT),
    ]
    assert list(users.requests[0].ids) == ["2", "3", "1"]
    assert "authorization" not in users.metadata[0]


def test_no_public_profile_is_an_empty_list(users: Users, ask: Ask) -> None:
    assert ask(users.address, "batch_get_users", ("3",)) == []


def test_batch_from_nowhere_is_unavailable(nowhere: str, ask: Ask) -> None:
    with pytest.raises(getme.Unavailable):
        ask(nowhere, "batch_get_users", ["1"])


@pytest.mark.parametrize(
    ("max_staleness", "sent"),
    [(None, None), (timedelta(0), 0), (timedelta(milliseconds=1500), 1_500_000_000)],
    ids=["default", "read the store", "1.5 seconds"],
)
def test_staleness_is_sent_as_asked(
    users: Users, ask: Ask, max_staleness: timedelta | None, sent: int | None
) -> None:
    ask(users.address, "get_me", TOKEN, max_staleness=max_staleness)
    request: Any = users.requests[0]
    assert request.HasField("max_staleness") is (sent is not None)
    assert sent is None or request.max_staleness.ToNanoseconds() == sent


def aborting(code: grpc.StatusCode) -> Callable[[Any, Any], GetMeResponse]:
    def abort(_request: Any, context: Any) -> GetMeResponse:
        context.abort(code, "the reason in words")
        raise AssertionError  # abort raises

    return abort


CODES = {
    grpc.StatusCode.UNAUTHENTICATED: getme.Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: getme.PermissionDenied,
    grpc.StatusCode.RESOURCE_EXHAUSTED: getme.Unavailable,
    grpc.StatusCode.INTERNAL: getme.Internal,
}


@pytest.mark.parametrize(("code", "kind"), CODES.items(), ids=lambda x: getattr(x, "name", ""))
def test_refusal_is_a_typed_error_without_the_token(
    users: Users, ask: Ask, code: grpc.StatusCode, kind: type[getme.Error]
) -> None:
    users.get_me = aborting(code)
    with pytest.raises(kind, match="the reason in words") as refused:
        ask(users.address, "get_me", TOKEN)
    shown = "".join(traceback.format_exception(refused.value))
    assert TOKEN not in f"{shown} {refused.value!r} {vars(refused.value)}"
    assert "AioRpcError" not in shown
    assert len(users.requests) == 1


def test_unavailable_server_is_asked_twice(users: Users, ask: Ask) -> None:
    users.get_me = aborting(grpc.StatusCode.UNAVAILABLE)
    with pytest.raises(getme.Unavailable):
        ask(users.address, "get_me", TOKEN)
    assert len(users.requests) == 2


def test_second_attempt_that_succeeds_is_the_answer(users: Users, ask: Ask) -> None:
    def fail_once(_request: Any, context: Any) -> GetMeResponse:
        if len(users.requests) == 1:
            context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")
        return GetMeResponse(etag="second")

    users.get_me = fail_once
    assert ask(users.address, "get_me", TOKEN).etag == "second"


def test_call_ends_with_its_deadline_here_and_on_the_server(users: Users, ask: Ask) -> None:
    users.block()
    with pytest.raises(getme.DeadlineExceeded) as late:
        ask(users.address, "get_me", TOKEN, timeout_seconds=SHORT)
    assert late.value.reason == "DEADLINE_EXCEEDED"
    assert users.ended.wait(SECONDS)


def test_address_where_nobody_listens_is_unavailable(nowhere: str, ask: Ask) -> None:
    with pytest.raises(getme.Unavailable) as refused:
        ask(nowhere, "get_me", TOKEN)
    assert refused.value.reason == "UNAVAILABLE"
    assert TOKEN not in repr(refused.value)


def test_one_client_serves_many_threads(users: Users) -> None:
    users.get_me = lambda _request, context: GetMeResponse(
        etag=dict(context.invocation_metadata())["authorization"]
    )
    answers: dict[str, str] = {}
    with getme.Client(users.address, timeout_seconds=SECONDS) as client:

        def ask_for(token: str) -> None:
            for _ in range(20):
                answers[token] = client.get_me(token).etag

        threads = [threading.Thread(target=ask_for, args=(f"t{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == {f"t{n}": f"Bearer t{n}" for n in range(8)}


def test_several_channels_are_used_in_turn(users: Users) -> None:
    async def ask_six_times() -> None:
        async with getme.aio.Client(users.address, channels=3, timeout_seconds=SECONDS) as client:
            for _ in range(6):
                await client.get_me(TOKEN)

    asyncio.run(ask_six_times())
    assert len(set(users.peers)) == 3
    assert users.peers[:3] == users.peers[3:]


def test_cancelling_the_task_cancels_the_call_on_the_server(users: Users) -> None:
    users.block()

    async def cancel_while_asking() -> None:
        async with getme.aio.Client(users.address, timeout_seconds=SECONDS) as client:
            task = asyncio.create_task(client.get_me(TOKEN))
            assert await asyncio.to_thread(users.entered.wait, SECONDS)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(users.ended.wait, SECONDS)

    asyncio.run(cancel_while_asking())


def test_answers_of_calls_made_at_once_do_not_cross(users: Users) -> None:
    users.get_me = lambda _request, context: GetMeResponse(
        etag=dict(context.invocation_metadata())["authorization"]
    )

    async def ask_at_once() -> list[str]:
        async with getme.aio.Client(users.address, channels=2, timeout_seconds=SECONDS) as client:
            answers = await asyncio.gather(*(client.get_me(f"t{n}") for n in range(50)))
        return [answer.etag for answer in answers]

    assert asyncio.run(ask_at_once()) == [f"Bearer t{n}" for n in range(50)]


@pytest.mark.parametrize("timeout_seconds", [0.0, SHORT], ids=["none left", "short"])
def test_time_of_one_call_is_its_own(users: Users, timeout_seconds: float) -> None:
    users.block()
    method = getme.v1.user_service_pb2.DESCRIPTOR.services_by_name["UserService"].methods[0]

    async def ask() -> None:
        async with getme.aio.Client(users.address, timeout_seconds=SECONDS) as client:
            request = getme.v1.user_service_pb2.GetMeRequest()
            with pytest.raises(getme.DeadlineExceeded):
                await client.call(method, request, timeout_seconds=timeout_seconds)

    asyncio.run(ask())


def test_server_without_the_health_protocol_is_not_serving(users: Users, nowhere: str) -> None:
    async def serving(address: str) -> bool:
        async with getme.aio.Client(address) as client:
            return await client.serving(timeout_seconds=SECONDS)

    assert not asyncio.run(serving(users.address))
    assert not asyncio.run(serving(nowhere))


@pytest.mark.parametrize("token", ["a\nb", "é", "a\0", "\ud800", "", "a b"], ids=ascii)
def test_token_that_no_header_can_carry_is_unauthenticated(
    users: Users, ask: Ask, token: str
) -> None:
    with pytest.raises(getme.Unauthenticated) as refused:
        ask(users.address, "get_me", token)
    assert refused.value.reason == getme.Reason.TOKEN_INVALID


def test_closed_client_of_threads_says_so(users: Users) -> None:
    client = getme.Client(users.address)
    client.close()
    with pytest.raises(getme.Unavailable, match="closed"):
        client.get_user("x")


def test_closed_client_of_asyncio_says_so_to_a_call_under_way(users: Users) -> None:
    users.block()

    async def close_while_asking() -> None:
        client = getme.aio.Client(users.address)
        asking = asyncio.create_task(client.get_me("token"))
        await asyncio.to_thread(users.entered.wait, SECONDS)
        await client.close()
        with pytest.raises(getme.Unavailable, match="closed"):
            await asking
        with pytest.raises(getme.Unavailable, match="closed"):
            await client.get_user("x")

    asyncio.run(close_while_asking())
