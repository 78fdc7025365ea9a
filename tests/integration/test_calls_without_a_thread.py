"""What a server remembers is answered while every thread of it waits for the store."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import grpc
import pytest

from getme.v1.user_service_pb2 import GetMeRequest, UpdateMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.accounts import Refused, ask
from tests.integration.held_up import locked, under_way
from tests.people import ADA, CREATOR
from tests.servers.programs import Program, start_server
from tests.tokens import token_for
from tests.waiting import until

THREADS = 2
ADAS = token_for(ADA.user_id)

_numbers = itertools.count()


@pytest.fixture
def server(tmp_path: Path, people_database: str) -> Iterator[Program]:
    settings = {
        "GETME_STORE": people_database,
        "GETME_STORE_TIMEOUT": "60s",
        "GETME_THREADS": str(THREADS),
        "GETME_MAX_CALLS": str(THREADS),
    }
    with start_server(tmp_path, settings) as running:
        yield running


def new_token() -> str:
    """One that no server has seen."""
    return token_for(ADA.user_id, "viewer", f"role{next(_numbers)}")


def test_an_answer_from_memory_waits_for_no_thread(server: Program, people_database: str) -> None:
    with (
        grpc.insecure_channel(server.address, options=[("grpc.enable_retries", 0)]) as channel,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        users = UserServiceStub(channel)
        assert not isinstance(ask(users.GetMe, GetMeRequest(), ADAS), Refused)
        with locked(people_database):
            change = UpdateMeRequest(firstname="Grace")
            creators = token_for(CREATOR.user_id)
            changes = [pool.submit(ask, users.UpdateMe, change, creators) for _ in range(THREADS)]
            # Only then: a call of ours that came first would have one of them refused.
            assert until(lambda: under_way(server, THREADS))
            overloaded = Refused("OVERLOADED", 1.0)
            assert until(lambda: ask(users.GetMe, GetMeRequest(), new_token()) == overloaded)
            for _ in range(3):
                answer = ask(users.GetMe, GetMeRequest(), ADAS)
                assert not isinstance(answer, Refused)
                assert answer.user.firstname == ADA.firstname
        wait(changes)
        assert not any(isinstance(change.result(), Refused) for change in changes)
