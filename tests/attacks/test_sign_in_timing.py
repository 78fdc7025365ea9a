"""Nobody learns from the time of an answer whether an address has an account.

Interleaved, so that whatever else the machine does meets both alike; by the quarter that was
disturbed least. The hash has the default cost, beside which a read more or less disappears.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import grpc

from tests.accounts import CHEAP_ACCOUNTS, People, Refused, new_email
from tests.servers.programs import start_server

PAIRS = 60
WITHIN = 0.05
DEFAULT_COST = {name: value for name, value in CHEAP_ACCOUNTS.items() if "_LIMIT_" in name}


def seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    assert call() == Refused("BAD_CREDENTIALS")
    return time.perf_counter() - begun


def least_disturbed(times: list[float]) -> float:
    return statistics.quantiles(times, n=4)[0]


def test_a_wrong_password_takes_as_long_as_an_unknown_address(
    people_database: str, tmp_path: Path
) -> None:
    settings = {"GETME_STORE": people_database, "GETME_WORKERS": "1"} | DEFAULT_COST
    with (
        start_server(tmp_path, settings) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        people = People(channel)
        known = new_email()
        assert not isinstance(people.register(known), Refused)
        of_known: list[float] = []
        of_unknown: list[float] = []
        for number in range(PAIRS):
            pair = [(of_known, known), (of_unknown, f"nobody{number}@example.org")]
            # What one leaves to be written is written during the next: each comes first in turn.
            for times, email in pair if number % 2 else reversed(pair):
                times.append(seconds(partial(people.login, email, "a wrong password")))
    ratio = least_disturbed(of_known) / least_disturbed(of_unknown)
    assert abs(ratio - 1) < WITHIN
