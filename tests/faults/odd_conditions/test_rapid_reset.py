"""Calls that are begun and taken back at once (HTTP/2 rapid reset, CVE-2023-44487)."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from bench.http2_frames import DATA, END_STREAM, RST_STREAM, frame
from tests.faults.freshness.lengths import is_long
from tests.faults.odd_conditions.raw_client import EMPTY_MESSAGE, RawClient
from tests.faults.odd_conditions.unharmed import unharmed
from tests.people import ADA
from tests.servers.programs import Program, start_server
from tests.tokens import token_for

RESETS = 1_000_000 if is_long() else 50_000
IN_TURNS = RESETS // 10
AT_ONCE = 100
IN_A_TURN = 10  # gRPC resets by itself what is more than 32 in one read
CANCEL = (8).to_bytes(4)


@pytest.fixture(scope="module")
def server(people_store_here: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    settings = {"GETME_STORE": people_store_here, "MALLOC_ARENA_MAX": "1"}
    with start_server(tmp_path_factory.mktemp("server"), settings) as server:
        yield server


class Attacker:
    """Begins calls and takes them back, over as many connections as it takes."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._authorization = f"Bearer {token}"
        self.sent = 0

    def flood(self, resets: int) -> None:
        """Without a pause."""
        while self.sent < resets:
            with closing(RawClient(self._address)) as client:
                reader = threading.Thread(target=client.drain)
                reader.start()
                while self.sent < resets and client.send(self._taken_back(client)):
                    self.sent += AT_ONCE
                client.finish()
                reader.join()

    def take_turns(self, resets: int) -> None:
        """Takes a few back only once they have been sent, and waits for one that is not."""
        while self.sent < resets:
            with closing(RawClient(self._address)) as client:
                while self.sent < resets and self._take_turn(client):
                    self.sent += IN_A_TURN

    def _take_turn(self, client: RawClient) -> bool:
        begun = [self._call(client) for _ in range(IN_A_TURN + 1)]
        last, _ = begun[-1]
        return (
            client.send(frames for _, frames in begun)
            and client.send(frame(RST_STREAM, 0, stream, CANCEL) for stream, _ in begun[:-1])
            and client.is_answered(last)
        )

    def _taken_back(self, client: RawClient) -> Iterator[bytes]:
        for _ in range(AT_ONCE):
            stream, frames = self._call(client)
            yield frames + frame(RST_STREAM, 0, stream, CANCEL)

    def _call(self, client: RawClient) -> tuple[int, bytes]:
        stream, headers = client.call(authorization=self._authorization)
        return stream, headers + frame(DATA, END_STREAM, stream, EMPTY_MESSAGE)


@pytest.mark.parametrize("token", ["of a stranger", token_for(ADA.user_id)], ids=["bad", "good"])
def test_a_flood_of_calls_that_are_taken_back(server: Program, token: str) -> None:
    attacker = Attacker(server.address, token)
    with unharmed(f"{RESETS:,} calls taken back", server):
        attacker.flood(RESETS)


def test_calls_that_are_taken_back_in_turns(server: Program) -> None:
    attacker = Attacker(server.address, "of a stranger")
    with unharmed(f"{IN_TURNS:,} of them in turns", server):
        attacker.take_turns(IN_TURNS)
