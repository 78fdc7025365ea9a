"""A connection whose other end has gone without a word is given up, and calls go another way."""

import time
from pathlib import Path

from getme import Client, Error
from tests.faults.freshness.link import Link
from tests.people import ADA
from tests.servers.programs import start_server
from tests.tokens import token_for

CALL_SECONDS = 2.0
# Clients ping after 12 s and wait for 5; the rest is for a busy machine.
GIVEN_UP_SECONDS = 40.0


def test_calls_are_answered_again_though_nobody_told_the_client(
    tmp_path: Path, people_database: str
) -> None:
    token = token_for(ADA.user_id, "viewer")

    def is_answered() -> bool:
        try:
            return client.get_me(token).user_id == str(ADA.user_id)
        except Error:
            return False

    with (
        start_server(tmp_path, {"GETME_STORE": people_database, "GETME_WORKERS": "1"}) as server,
        Link(server.address) as link,
        Client(link.address, cache=False, timeout_seconds=CALL_SECONDS) as client,
    ):
        assert all(is_answered() for _ in range(100))  # a busy connection, as gRPC measures them
        link.lose()
        ends = time.monotonic() + GIVEN_UP_SECONDS
        while not is_answered():
            assert time.monotonic() < ends
