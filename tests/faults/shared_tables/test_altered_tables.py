"""Columns that come and go while the server runs: those of others, and those that we read."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import uuid4

import grpc
import pytest
from cassandra.cluster import Session
from grpc_health.v1 import health_pb2, health_pb2_grpc

from getme.errors import Error, error_of_call
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.servers.programs import Program
from tests.tokens import bearer, token_for
from tests.waiting import until

NOTICED_SECONDS = 5.0
STORE_SECONDS = 2.5  # what a call may wait for the store, and what a busy machine adds
ROUNDS = 3


class Column(NamedTuple):
    """A column, as ALTER TABLE names it."""

    table: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


READ_COLUMNS = (
    Column("users", "lastname", "text"),
    Column("user_credentials", "account_locked", "boolean"),
)
USER_ID = uuid4()
METADATA = bearer(token_for(USER_ID, "viewer"))


@pytest.fixture(autouse=True)
def account(session: Session) -> None:
    session.execute(
        "INSERT INTO users (userid, firstname, email, account_status) VALUES (%s, %s, %s, %s)",
        (USER_ID, "A", "a@example.org", "active"),
    )


def outcome(users: UserServiceStub) -> Error | None:
    """What a call fails with, None where it is answered."""
    try:
        users.GetMe(GetMeRequest(), metadata=METADATA, timeout=10)
    except grpc.RpcError as failed:
        return error_of_call(failed)
    return None


@contextmanager
def calling(users: UserServiceStub) -> Iterator[list[Error | None]]:
    """Calls all the time; the outcomes are complete at the end."""
    outcomes: list[Error | None] = []
    stopping = threading.Event()

    def call() -> None:
        while not stopping.is_set():
            outcomes.append(outcome(users))

    caller = threading.Thread(target=call)
    caller.start()
    try:
        yield outcomes
    finally:
        stopping.set()
        caller.join()


def test_a_column_of_others_that_comes_and_goes_fails_no_call(
    session: Session, users: UserServiceStub
) -> None:
    with calling(users) as outcomes:
        for table in ("users", "user_credentials"):
            for _ in range(ROUNDS):
                session.execute(f"ALTER TABLE {table} ADD aaa text")
                session.execute(f"ALTER TABLE {table} DROP aaa")
    assert set(outcomes) == {None}


@pytest.mark.parametrize("column", READ_COLUMNS, ids=str)
def test_a_column_that_we_read_is_dropped_and_added_again(
    session: Session, users: UserServiceStub, server: Program, column: Column
) -> None:
    assert outcome(users) is None
    session.execute(f"ALTER TABLE {column.table} DROP {column.name}")
    try:
        assert until(lambda: outcome(users) is not None, NOTICED_SECONDS)
        begun = time.monotonic()
        error = outcome(users)
        assert time.monotonic() - begun < STORE_SECONDS
        assert error is not None
        assert (error.reason, bool(error.retry_after_seconds)) == ("STORE_UNAVAILABLE", True)
        assert column.name not in error.message
        assert server.has_line(f"Undefined column name {column.name}", NOTICED_SECONDS)
        assert until(lambda: not is_serving(server), NOTICED_SECONDS)
    finally:
        session.execute(f"ALTER TABLE {column.table} ADD {column.name} {column.kind}")
    assert until(lambda: outcome(users) is None, NOTICED_SECONDS)
    assert until(lambda: is_serving(server), NOTICED_SECONDS)


def is_serving(server: Program) -> bool:
    with grpc.insecure_channel(server.address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # untyped
        answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
