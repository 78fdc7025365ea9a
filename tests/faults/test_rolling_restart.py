"""Two servers, and two gateways, that are restarted in turn, under load: no call is lost.

Each of them drains: its callers hear that it stops before it does. The next one is restarted once
all have found the one before again.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.faults.called_pair import (
    PROBING_SECONDS,
    Load,
    Pair,
    get_me,
    requesting_as,
    through_envoy,
    through_the_client,
    through_the_gateway,
)
from tests.people import ADA, CREATOR, MODERATOR
from tests.servers.envoy import envoy
from tests.servers.programs import start_gateway, start_server

CALLERS = 16  # behind each of the three
RESTARTS = 5  # of each server
GATEWAY_RESTARTS = 3  # of each
# Longer than it takes until all have heard: Envoy asks each PROBING_SECONDS.
DELAY = "1s"


@pytest.fixture
def servers(tmp_path: Path, people_database: str) -> Iterator[Pair]:
    settings = {"GETME_STORE": people_database, "GETME_DRAIN_DELAY": DELAY}
    running = Pair(lambda own: start_server(tmp_path, settings | {"GETME_LISTEN": own}))
    yield running
    running.stop()


@pytest.fixture
def gateways(tmp_path: Path, people_database: str) -> Iterator[Pair]:
    settings = {"GETME_DRAIN_DELAY": DELAY}
    with start_server(tmp_path, {"GETME_STORE": people_database}) as server:
        running = Pair(
            lambda own: start_gateway(
                tmp_path, server.address, settings | {"GETME_GATEWAY_LISTEN": own}
            )
        )
        yield running
        running.stop()


def test_no_call_is_lost_while_servers_are_restarted_in_turn(tmp_path: Path, servers: Pair) -> None:
    loads = {person: Load() for person in (ADA, CREATOR, MODERATOR)}
    with ExitStack() as stack:
        calls = {
            ADA: through_the_client(stack, servers),
            CREATOR: through_the_gateway(stack, servers, tmp_path),
            MODERATOR: through_envoy(stack, servers, tmp_path),
        }
        pool = stack.enter_context(ThreadPoolExecutor(CALLERS * len(calls)))
        try:
            for person, call in calls.items():
                for _ in range(CALLERS):
                    pool.submit(loads[person].repeat, call)
            for _ in range(RESTARTS):
                for index in range(2):
                    servers.restart(index, list(calls))
        finally:
            for load in loads.values():
                load.stop()
    assert [load.lost for load in loads.values()] == [[], [], []]
    assert min(load.answered for load in loads.values()) > CALLERS * RESTARTS


def test_no_request_is_lost_while_gateways_are_restarted_in_turn(
    tmp_path: Path, gateways: Pair
) -> None:
    load = Load()
    with (
        envoy(tmp_path, *gateways.addresses, probing_seconds=PROBING_SECONDS) as address,
        requesting_as(CREATOR, address) as http,
        ThreadPoolExecutor(CALLERS) as pool,
    ):
        try:
            for _ in range(CALLERS):
                pool.submit(load.repeat, partial(get_me, http))
            for _ in range(GATEWAY_RESTARTS):
                for index in range(2):
                    gateways.restart(index, [CREATOR])
        finally:
            load.stop()
    assert load.lost == []
    assert load.answered > CALLERS * GATEWAY_RESTARTS
