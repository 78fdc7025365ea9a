"""What moderators may do and nobody else, over a real gRPC server and a real SQLite store."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple
from uuid import UUID

import grpc
import pytest
import structlog.testing
from grpc_interceptor import ServerInterceptor

from getme.v1.admin_service_pb2 import RevokeUserTokensRequest, RevokeUserTokensResponse
from getme.v1.admin_service_pb2_grpc import AdminServiceStub, add_AdminServiceServicer_to_server
from getme_server.accounts.account import Account
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.errors import StoreUnavailable
from getme_server.accounts.locked_credentials import RememberedLocks
from getme_server.accounts.store import AccountStore
from getme_server.call import attach_caller
from getme_server.deadline import Deadline
from getme_server.interceptors.admission import Admission, CallPool
from getme_server.interceptors.chain import Chain
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.server import grpc_server
from getme_server.servicers.admin_service import AdminService
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_stores
from getme_server.tokens.claims import AccessClaims
from tests.conftest import NO_LOGIN
from tests.people import ADA, CREATOR, LOCKED_OUT, MODERATOR, NOBODY, SUSPENDED
from tests.unit.interceptors.serving import Refusal

SECONDS = 10.0
MOMENT = 1_761_906_600.25


class Calling(ServerInterceptor):
    """Stands for authentication: every call is that person's."""

    def __init__(self) -> None:
        self.user_id = MODERATOR.user_id
        self.roles: tuple[str, ...] = ()

    def intercept(
        self,
        method: Callable[..., Any],
        request_or_iterator: Any,
        context: grpc.ServicerContext,
        method_name: str,
    ) -> Any:
        claims = AccessClaims(self.user_id, self.roles, "", 0, 2e9, None, b"k" * 32)
        attach_caller(context, claims)
        return method(request_or_iterator, context)


class Revoked(list[UUID]):
    """Stands for what takes tokens back, and remembers whose."""

    broken = False

    def revoke_all_of(self, user_id: UUID, deadline: Deadline) -> float:
        if self.broken:
            raise StoreUnavailable("cause that nobody is told")
        assert 0 < deadline.remaining() <= SECONDS
        self.append(user_id)
        return MOMENT


class Admin(NamedTuple):
    calling: Calling
    revoked: Revoked
    stub: AdminServiceStub

    def revoke(self, user_id: object) -> RevokeUserTokensResponse:
        request = RevokeUserTokensRequest(user_id=str(user_id))
        metadata = (("x-request-id", "request-1"),)
        return self.stub.RevokeUserTokens(request, metadata=metadata, timeout=SECONDS)

    def refused(self, user_id: object) -> Refusal:
        with pytest.raises(grpc.RpcError) as failed:
            self.revoke(user_id)
        return Refusal.of(failed.value)


@pytest.fixture
def store(people_database: str) -> Iterator[AccountStore]:
    stores = open_stores(read_location(people_database), NO_LOGIN)
    yield stores.accounts
    stores.close()


@pytest.fixture
def admin(store: AccountStore) -> Iterator[Admin]:
    calling, revoked = Calling(), Revoked()
    locks = RememberedLocks(store, ttl_seconds=60, timer=lambda: 0.0)
    rule = CurrentUserRule(store, locks, report_missing_user=False)
    service = AdminService(rule, store, revoked, store_timeout_seconds=SECONDS)
    pool = CallPool(2)
    admission = Admission(pool, 100)
    server = grpc_server(pool, Chain([ErrorTranslation(), calling], admission), share_port=False)
    add_AdminServiceServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Admin(calling, revoked, AdminServiceStub(channel))
    server.stop(None).wait()
    pool.shutdown()
    admission.refusal_pool.shutdown()


@pytest.mark.parametrize("user", [ADA, SUSPENDED, MODERATOR], ids=lambda user: user.firstname)
def test_a_moderator_takes_back_the_tokens_of_any_user(admin: Admin, user: Account) -> None:
    answer = admin.revoke(user.user_id)
    assert admin.revoked == [user.user_id]
    assert (answer.issued_before.seconds, answer.issued_before.nanos) == (
        1_761_906_600,
        250_000_000,
    )


def test_the_role_may_be_the_tokens(admin: Admin) -> None:
    admin.calling.user_id, admin.calling.roles = ADA.user_id, ("moderator",)
    admin.revoke(CREATOR.user_id)
    assert admin.revoked == [CREATOR.user_id]


@pytest.mark.parametrize(
    ("caller", "roles", "reason"),
    [
        pytest.param(ADA.user_id, (), "ROLE_REQUIRED", id="viewer"),
        pytest.param(CREATOR.user_id, (), "ROLE_REQUIRED", id="creator"),
        pytest.param(ADA.user_id, ("Moderator",), "ROLE_REQUIRED", id="misspelt"),
        pytest.param(SUSPENDED.user_id, ("moderator",), "ACCOUNT_SUSPENDED", id="suspended"),
        pytest.param(LOCKED_OUT.user_id, ("moderator",), "ACCOUNT_LOCKED", id="locked out"),
        pytest.param(NOBODY, ("moderator",), "TOKEN_INVALID", id="gone"),
    ],
)
@pytest.mark.parametrize("target", [ADA.user_id, NOBODY], ids=["a user", "nobody"])
def test_anybody_else_is_refused_and_learns_nothing(
    admin: Admin, caller: UUID, roles: tuple[str, ...], reason: str, target: UUID
) -> None:
    admin.calling.user_id, admin.calling.roles = caller, roles
    assert admin.refused(target).reason == reason
    assert admin.revoked == []


def test_a_moderator_whose_credentials_were_just_locked_is_refused(
    admin: Admin, people_database: str
) -> None:
    admin.revoke(ADA.user_id)  # that they are not locked may be remembered now
    path = people_database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "UPDATE user_credentials SET account_locked = 1 WHERE email = ?", (MODERATOR.email,)
        )
    assert admin.refused(ADA.user_id).reason == "ACCOUNT_LOCKED"
    assert admin.revoked == [ADA.user_id]


@pytest.mark.parametrize(
    ("target", "code", "reason"),
    [
        pytest.param(NOBODY, "NOT_FOUND", "USER_NOT_FOUND", id="no such user"),
        pytest.param("", "INVALID_ARGUMENT", "INVALID_FIELD", id="empty"),
        pytest.param("ada", "INVALID_ARGUMENT", "INVALID_FIELD", id="not a UUID"),
        pytest.param(
            f"{{{ADA.user_id}}}", "INVALID_ARGUMENT", "INVALID_FIELD", id="UUID in braces"
        ),
    ],
)
def test_tokens_of_nobody_cannot_be_taken_back(
    admin: Admin, target: object, code: str, reason: str
) -> None:
    refusal = admin.refused(target)
    assert (refusal.code.name, refusal.reason) == (code, reason)
    assert admin.revoked == []


def test_a_store_that_is_away_is_said_to_be(admin: Admin) -> None:
    admin.revoked.broken = True
    with structlog.testing.capture_logs() as logs:
        refusal = admin.refused(ADA.user_id)
    assert (refusal.code.name, refusal.reason) == ("UNAVAILABLE", "STORE_UNAVAILABLE")
    assert "tokens_revoked" not in [line["event"] for line in logs]


def test_the_log_says_who_did_it_to_whom_and_nothing_else(admin: Admin) -> None:
    with structlog.testing.capture_logs() as logs:
        admin.revoke(str(ADA.user_id).upper())
    assert [line for line in logs if line["event"] == "tokens_revoked"] == [
        {
            "event": "tokens_revoked",
            "log_level": "info",
            "by": str(MODERATOR.user_id),
            "user_id": str(ADA.user_id),
            "request_id": "request-1",
        }
    ]
