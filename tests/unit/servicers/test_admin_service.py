"""What moderators may do and nobody else, over a real gRPC server and a real SQLite store."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple
from uuid import UUID

import grpc
import pytest
from google.protobuf.message import Message
from grpc_interceptor import ServerInterceptor

from getme.v1.admin_service_pb2 import (
    FindUserRequest,
    RevokeUserTokensRequest,
    SetAccountStatusRequest,
)
from getme.v1.admin_service_pb2_grpc import AdminServiceStub, add_AdminServiceServicer_to_server
from getme_server.accounts.account import Account
from getme_server.accounts.audit import Action
from getme_server.accounts.current_user import CurrentUserRule
from getme_server.accounts.errors import StoreUnavailable
from getme_server.accounts.origin import Origin
from getme_server.accounts.standing import StoredStandings
from getme_server.call import attach_caller, request_id
from getme_server.deadline import Deadline
from getme_server.interceptors.admission import Admission, CallPool
from getme_server.interceptors.chain import Chain
from getme_server.interceptors.errors import ErrorTranslation
from getme_server.server import grpc_server
from getme_server.servicers.admin_service import AdminService
from getme_server.servicers.messages import user_message
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_stores
from getme_server.tokens.claims import AccessClaims
from tests.conftest import NO_LOGIN
from tests.people import ADA, CREATOR, LOCKED_OUT, MODERATOR, NOBODY, SUSPENDED
from tests.unit.accounts.moderating import World
from tests.unit.interceptors.serving import Refusal

SECONDS = 10.0
METADATA = (("x-request-id", "request-1"),)


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
        claims = AccessClaims(self.user_id, self.roles, "", 0, 2e9, None, "", (b"k" * 32,))
        attach_caller(context, claims, 0)
        return method(request_or_iterator, context)


class Admin(NamedTuple):
    calling: Calling
    world: World
    stub: AdminServiceStub

    def ask(self, request: Message) -> Any:
        """The answer to a request, by whatever method takes it."""
        name = type(request).__name__.removesuffix("Request")
        return getattr(self.stub, name)(request, metadata=METADATA, timeout=SECONDS)

    def refused(self, request: Message) -> Refusal:
        with pytest.raises(grpc.RpcError) as failed:
            self.ask(request)
        return Refusal.of(failed.value)


def revoke(user_id: object) -> Message:
    return RevokeUserTokensRequest(user_id=str(user_id))


def find(user_id: object) -> Message:
    return FindUserRequest(user_id=str(user_id))


def suspend(user_id: object) -> Message:
    return SetAccountStatusRequest(user_id=str(user_id), account_status="suspended")


ALL = pytest.mark.parametrize("request_of", [revoke, find, suspend])


@pytest.fixture
def world(people_database: str) -> Iterator[World]:
    stores = open_stores(read_location(people_database), NO_LOGIN)
    yield World(stores)
    stores.close()


def served(world: World) -> Iterator[Admin]:
    calling = Calling()
    rule = CurrentUserRule(StoredStandings(world.stores.accounts), report_missing_user=False)
    service = AdminService(
        rule,
        world.moderation,
        lambda context: Origin(request_id(context), "192.0.2.1", ""),
        store_timeout_seconds=SECONDS,
    )
    pool = CallPool(2, max_calls=100)
    admission = Admission(pool)
    chain = Chain([ErrorTranslation(), calling], admission, {})
    server = grpc_server(pool, chain, share_port=False)
    add_AdminServiceServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Admin(calling, world, AdminServiceStub(channel))
    server.stop(None).wait()
    pool.shutdown()
    admission.refusal_pool.shutdown()


@pytest.fixture
def admin(world: World) -> Iterator[Admin]:
    yield from served(world)


def cut_off() -> None:
    raise StoreUnavailable("cause that nobody is told")


@pytest.fixture
def admin_without_revocations(world: World) -> Iterator[Admin]:
    yield from served(world.before("revocations", "revoke_user_tokens", cut_off))


@pytest.mark.parametrize("user", [ADA, SUSPENDED, MODERATOR], ids=lambda user: user.firstname)
def test_a_moderator_takes_back_the_tokens_of_any_user(admin: Admin, user: Account) -> None:
    admin.world.begin_session(user)
    before = admin.ask(revoke(user.user_id)).issued_before
    known = admin.world.stores.revocations.revoked(user.user_id, [b"k" * 32], Deadline(SECONDS))
    assert known.issued_before == pytest.approx(before.ToNanoseconds() / 1e9, abs=0.002)
    assert admin.world.session_count(user) == 0


def test_a_moderator_changes_a_status_and_sees_the_user_as_it_is_then(admin: Admin) -> None:
    answer = admin.ask(suspend(ADA.user_id))
    assert answer.user == user_message(ADA._replace(account_status="suspended"))
    assert admin.world.status(ADA) == "suspended"


@pytest.mark.parametrize(
    ("request_", "person"),
    [
        pytest.param(FindUserRequest(email="ADA@Example.ORG"), ADA, id="address"),
        pytest.param(FindUserRequest(user_id=str(CREATOR.user_id)), CREATOR, id="ID"),
        pytest.param(FindUserRequest(email=LOCKED_OUT.email), LOCKED_OUT, id="locked out"),
    ],
)
def test_a_moderator_finds_a_user_with_all_fields(
    admin: Admin, request_: FindUserRequest, person: Account
) -> None:
    answer = admin.ask(request_)
    assert answer.user == user_message(person)
    assert answer.credentials_locked is (person is LOCKED_OUT)


@ALL
def test_the_role_may_be_the_tokens(admin: Admin, request_of: Callable[..., Message]) -> None:
    admin.calling.user_id, admin.calling.roles = ADA.user_id, ("moderator",)
    admin.ask(request_of(CREATOR.user_id))
    assert admin.world.audit[0].by == str(ADA.user_id)


@ALL
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
def test_anybody_else_is_refused_and_learns_nothing(  # noqa: PLR0913  # who, what, to whom
    admin: Admin,
    request_of: Callable[..., Message],
    *,
    caller: UUID,
    roles: tuple[str, ...],
    reason: str,
    target: UUID,
) -> None:
    admin.calling.user_id, admin.calling.roles = caller, roles
    assert admin.refused(request_of(target)).reason == reason
    assert admin.world.audit == []
    assert admin.world.status(ADA) == "active"
    assert not admin.world.has_revoked_tokens(ADA)


def test_a_moderator_whose_credentials_were_just_locked_is_refused(
    admin: Admin, people_database: str
) -> None:
    admin.ask(find(ADA.user_id))  # that they are not locked may be remembered now
    path = people_database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "UPDATE user_credentials SET account_locked = 1 WHERE email = ?", (MODERATOR.email,)
        )
    assert admin.refused(suspend(ADA.user_id)).reason == "ACCOUNT_LOCKED"
    assert admin.world.status(ADA) == "active"


@ALL
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
def test_nobody_cannot_be_moderated(
    admin: Admin, request_of: Callable[..., Message], target: object, code: str, reason: str
) -> None:
    refusal = admin.refused(request_of(target))
    assert (refusal.code.name, refusal.reason) == (code, reason)
    assert admin.world.audit == []


@pytest.mark.parametrize(
    ("request_", "code", "reason"),
    [
        pytest.param(
            SetAccountStatusRequest(user_id=str(ADA.user_id), account_status="gold"),
            "INVALID_ARGUMENT",
            "INVALID_FIELD",
            id="unknown status",
        ),
        pytest.param(
            suspend(MODERATOR.user_id), "FAILED_PRECONDITION", "LAST_MODERATOR", id="the last one"
        ),
        pytest.param(FindUserRequest(), "INVALID_ARGUMENT", "INVALID_FIELD", id="nobody named"),
        pytest.param(
            FindUserRequest(email="x" * 1_025), "INVALID_ARGUMENT", "INVALID_FIELD", id="too long"
        ),
        pytest.param(
            FindUserRequest(email="eve@example.org"), "NOT_FOUND", "USER_NOT_FOUND", id="no address"
        ),
    ],
)
def test_what_the_rules_refuse_is_told(
    admin: Admin, request_: Message, code: str, reason: str
) -> None:
    refusal = admin.refused(request_)
    assert (refusal.code.name, refusal.reason) == (code, reason)
    assert "@" not in refusal.everything
    assert admin.world.audit == []


def test_a_faster_moderator_is_told_of(world: World) -> None:
    racing = world.before("accounts", "set_status", lambda: world.set_status(ADA, "banned"))
    for admin in served(racing):
        refusal = admin.refused(suspend(ADA.user_id))
        assert (refusal.code.name, refusal.reason) == ("ABORTED", "ETAG_MISMATCH")
    assert world.status(ADA) == "banned"


def test_a_store_that_is_away_is_said_to_be(admin_without_revocations: Admin) -> None:
    refusal = admin_without_revocations.refused(revoke(ADA.user_id))
    assert (refusal.code.name, refusal.reason) == ("UNAVAILABLE", "STORE_UNAVAILABLE")
    assert admin_without_revocations.world.audit == []


@pytest.mark.parametrize(
    ("request_of", "action"),
    [
        (revoke, Action.TOKENS_REVOKED),
        (find, Action.USER_FOUND),
        (suspend, Action.STATUS_CHANGED),
    ],
)
def test_the_record_says_who_did_it_to_whom_in_which_call(
    admin: Admin, request_of: Callable[..., Message], action: Action
) -> None:
    admin.ask(request_of(str(ADA.user_id).upper()))
    (record,) = admin.world.audit
    assert record[:4] == (action, str(MODERATOR.user_id), ADA.user_id, "request-1")
    assert "@" not in str(record)
