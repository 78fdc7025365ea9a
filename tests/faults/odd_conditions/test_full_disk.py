"""An SQLite store on a disk that is full."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import grpc
import pytest

from tests.accounts import People, Refused, new_email
from tests.faults.odd_conditions.disks import DISKS, Disk, ForbiddenGrowth, SmallFileSystem
from tests.faults.odd_conditions.unharmed import unharmed
from tests.waiting import until

REFUSED_WRITES = 200


@pytest.fixture(params=DISKS, ids=lambda disk: disk.__name__)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    kind: type[SmallFileSystem | ForbiddenGrowth] = request.param
    with kind.with_server(tmp_path) as disk:
        yield disk


def test_reads_are_answered_and_writes_refused_until_there_is_room(disk: Disk) -> None:
    with grpc.insecure_channel(disk.server.address) as channel:
        people = People(channel)
        emails = [new_email()]
        assert not isinstance(people.register(emails[0]), Refused)
        signed_in = people.login(emails[0])
        assert not isinstance(signed_in, Refused)
        token = signed_in.token

        def is_refused() -> bool:
            email = new_email()
            answer = people.register(email)
            if not isinstance(answer, Refused):
                emails.append(email)  # there was room for one more
                return False
            assert answer.reason == "STORE_UNAVAILABLE"
            assert answer.retry_after_seconds
            return True

        with unharmed(f"{type(disk).__name__}, full", disk.server):
            disk.fill()
            assert until(is_refused)
            refused: list[object] = [
                people.update_me(token, firstname="Full") for _ in range(REFUSED_WRITES)
            ]
            refused.extend((people.login(emails[0]), people.logout_everywhere(token)))
            for answer in refused:
                assert isinstance(answer, Refused)
                assert answer.reason == "STORE_UNAVAILABLE"
            seen = people.get_me(token)
            assert not isinstance(seen, Refused)
            assert seen.user.firstname == "Ada"
            disk.clear()
            assert not isinstance(people.update_me(token, firstname="Roomy"), Refused)
        for email in emails:
            assert not isinstance(people.login(email), Refused)
        seen = people.get_me(token)
        assert not isinstance(seen, Refused)
        assert seen.user.firstname == "Roomy"
    with closing(sqlite3.connect(disk.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
