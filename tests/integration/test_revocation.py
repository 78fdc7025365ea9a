"""A revocation that a moderator was told of is in effect everywhere within a second."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from uuid import uuid4

import grpc
import httpx
import pytest

from getme.errors import error_of_call
from getme.v1.admin_service_pb2 import RevokeUserTokensRequest, RevokeUserTokensResponse
from getme.v1.admin_service_pb2_grpc import AdminServiceStub
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_import_store
from tests.conftest import NO_LOGIN, NewStore
from tests.people import ADA, CREDENTIALS, MODERATOR, NOBODY, PEOPLE
from tests.servers.programs import start_gateway, start_server
from tests.tokens import bearer, token_for

WORKERS = 2
CHANNELS = 8  # so many that each worker has some
PROMISE_SECONDS = 1.0
AS_MODERATOR = bearer(token_for(MODERATOR.user_id))


class System(NamedTuple):
    """Two servers on one store, with two workers each, and a gateway in front of the second."""

    admin: AdminServiceStub
    users: list[UserServiceStub]
    http: httpx.Client


@pytest.fixture(scope="module", params=["sqlite", "cassandra"])
def system(
    request: pytest.FixtureRequest, new_store: NewStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    url = new_store(request.param)
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts(PEOPLE)
        store.add_credentials(CREDENTIALS)
    settings = {"GETME_STORE": url, "GETME_WORKERS": str(WORKERS)}
    directory = tmp_path_factory.mktemp("servers")
    own = [("grpc.use_local_subchannel_pool", 1)]
    with (
        start_server(directory, settings) as first,
        start_server(directory, settings) as second,
        start_gateway(directory, second.address) as gateway,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
    ):
        channels = [
            grpc.insecure_channel(server.address, options=own)
            for server in (first, second)
            for _ in range(CHANNELS)
        ]
        yield System(
            AdminServiceStub(channels[0]), [UserServiceStub(channel) for channel in channels], http
        )
        for channel in channels:
            channel.close()


def reason(users: UserServiceStub, token: str) -> str | None:
    """Why a call with this token is refused, None where it is not."""
    try:
        users.GetMe(GetMeRequest(), metadata=bearer(token), timeout=10)
    except grpc.RpcError as refused:
        return error_of_call(refused).reason
    return None


def revoke(system: System, user_id: object) -> RevokeUserTokensResponse:
    request = RevokeUserTokensRequest(user_id=str(user_id))
    return system.admin.RevokeUserTokens(request, metadata=AS_MODERATOR, timeout=10)


def test_no_worker_accepts_a_revoked_token_a_second_after_the_acknowledgement(
    system: System,
) -> None:
    tokens = [token_for(ADA.user_id, iat=time.time(), jti=str(uuid4())) for _ in range(4)]
    with ThreadPoolExecutor(len(system.users)) as callers:
        for token in tokens:  # every worker remembers all of them
            assert set(callers.map(lambda users, t=token: reason(users, t), system.users)) == {None}
        moment = revoke(system, ADA.user_id).issued_before
        acknowledged = time.monotonic()
        late: list[str | None] = []

        def call(users: UserServiceStub) -> None:
            ends = acknowledged + PROMISE_SECONDS + 1
            while time.monotonic() < ends:
                for token in tokens:
                    begun = time.monotonic()
                    answer = reason(users, token)
                    if begun > acknowledged + PROMISE_SECONDS:
                        late.append(answer)

        list(callers.map(call, system.users))
    assert set(late) == {"TOKEN_REVOKED"}
    assert len(late) > len(system.users)
    assert abs(moment.ToNanoseconds() / 1e9 - time.time()) < 30


def test_a_revoked_token_is_refused_over_rest_and_a_fresh_one_is_not(system: System) -> None:
    old = token_for(ADA.user_id, iat=time.time())
    revoke(system, ADA.user_id)
    fresh = token_for(ADA.user_id, iat=time.time())
    ends = time.monotonic() + PROMISE_SECONDS
    while time.monotonic() < ends:  # whatever is answered until then
        system.http.get("/api/v1/users/me", headers=bearer(old))
    answer = system.http.get("/api/v1/users/me", headers=bearer(old))
    assert (answer.status_code, answer.json()["reason"]) == (401, "TOKEN_REVOKED")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert system.http.get("/api/v1/users/me", headers=bearer(fresh)).status_code == 200
    assert [reason(users, fresh) for users in system.users] == [None] * len(system.users)


@pytest.mark.parametrize(
    ("metadata", "user_id", "code", "told"),
    [
        ((), ADA.user_id, grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"),
        (
            bearer(token_for(PEOPLE[-1].user_id, "creator")),
            ADA.user_id,
            grpc.StatusCode.PERMISSION_DENIED,
            "ROLE_REQUIRED",
        ),
        (AS_MODERATOR, NOBODY, grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND"),
        (AS_MODERATOR, "ada", grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD"),
    ],
    ids=["no token", "no moderator", "no such user", "no user ID"],
)
def test_only_a_moderator_revokes_and_only_what_is_there(
    system: System,
    metadata: tuple[tuple[str, str], ...],
    user_id: object,
    code: grpc.StatusCode,
    told: str,
) -> None:
    request = RevokeUserTokensRequest(user_id=str(user_id))
    with pytest.raises(grpc.RpcError) as refused:
        system.admin.RevokeUserTokens(request, metadata=metadata, timeout=10)
    assert (refused.value.code(), error_of_call(refused.value).reason) == (code, told)
