"""Rows as no program of ours would write them, and rows that others change meanwhile."""

import threading
from uuid import uuid4

import httpx
import pytest
from cassandra.cluster import Session

from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.servers.programs import Program, start_gateway
from tests.tokens import bearer, token_for

# 64 KiB: one byte more than a key of a partition may have, which an address is in the other table.
LONG_TEXT = "ü" * 32_768
PLAIN = {"firstname": "A", "lastname": "B", "email": "a@example.org", "account_status": "active"}
CHANGES = 300


@pytest.mark.parametrize("column", PLAIN)
def test_a_text_of_64_kib_is_answered_in_full(
    session: Session,
    users: UserServiceStub,
    server: Program,
    tmp_path_factory: pytest.TempPathFactory,
    column: str,
) -> None:
    user_id = uuid4()
    cells = PLAIN | {column: LONG_TEXT}
    names = ", ".join(("userid", *cells))
    session.execute(
        f"INSERT INTO users ({names}) VALUES (%s, %s, %s, %s, %s)",  # noqa: S608
        (user_id, *cells.values()),
    )
    metadata = bearer(token_for(user_id, "viewer"))
    user = users.GetMe(GetMeRequest(), metadata=metadata, timeout=10).user
    assert {name: getattr(user, name) for name in PLAIN} == cells
    with start_gateway(tmp_path_factory.mktemp("gateway"), server.address) as gateway:
        url = f"http://{gateway.address}/api/v1/users/me"
        answer = httpx.get(url, headers=dict(metadata), timeout=10, trust_env=False)
    assert {name: answer.json()[name] for name in PLAIN} == cells


def test_a_row_of_nothing_but_its_key_is_a_user(session: Session, users: UserServiceStub) -> None:
    user_id = uuid4()
    session.execute("INSERT INTO users (userid) VALUES (%s)", (user_id,))
    metadata = bearer(token_for(user_id, "viewer"))
    user = users.GetMe(GetMeRequest(), metadata=metadata, timeout=10).user
    assert {name: getattr(user, name) for name in PLAIN} == dict.fromkeys(PLAIN, "")
    assert not user.HasField("created_date")


def test_what_another_program_writes_is_seen_at_once(
    session: Session, users: UserServiceStub
) -> None:
    user_id = uuid4()
    metadata = bearer(token_for(user_id, "viewer"))
    write = session.prepare("UPDATE users SET firstname = ?, account_status = ? WHERE userid = ?")
    disturb = session.prepare("UPDATE users SET lastname = ?, email = ? WHERE userid = ?")
    stopping = threading.Event()

    def change_the_rest_of_the_row() -> None:
        number = 0
        while not stopping.is_set():
            number += 1
            session.execute(disturb, (str(number), f"{number}@example.org", user_id))

    other = threading.Thread(target=change_the_rest_of_the_row)
    other.start()
    try:
        for number in range(CHANGES):
            session.execute(write, (str(number), "active", user_id))
            user = users.GetMe(GetMeRequest(), metadata=metadata, timeout=10).user
            assert user.firstname == str(number)
            # One statement's cells are one row: never half of one and half of another.
            assert user.email in {"", f"{user.lastname}@example.org"}
    finally:
        stopping.set()
        other.join()
