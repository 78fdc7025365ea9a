"""What docs/operations.md says of backups, of SQLite line by line around real servers.

The copy is made while a server writes; what a restore brings back is there; and after the lines
that end all sessions and tokens nothing from before is good but the passwords. Of Cassandra: an
emptied log of changes is another log.
"""

from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import grpc
import pytest

from getme_server.deadline import Deadline
from getme_server.stores.cassandra.cluster import connect
from getme_server.stores.location import CassandraLocation, read_location
from getme_server.stores.opening import open_stores
from tests.accounts import CHEAP_ACCOUNTS, PASSWORD, People, Refused
from tests.conftest import NO_LOGIN, NewStore
from tests.deploy.test_operations_lines import OPERATIONS
from tests.integration.documented_lines import Line, run_lines
from tests.servers.programs import BIN, Program, run_command, start_server

ANOTHER = "another quiet place in the hills"
SECONDS = 20
ADA, BOB = "ada@example.org", "bob@example.org"


def line_with(text: str) -> Line:
    (found,) = (line for line in OPERATIONS if text in line.command)
    return found


BACKUP, RESTORE, END_ALL = map(line_with, (").backup(", "mv restored.db", "DELETE FROM"))


class Installation(NamedTuple):
    """A folder with store, keys file and backups, and the settings that name them."""

    folder: Path

    @property
    def settings(self) -> dict[str, str]:
        return CHEAP_ACCOUNTS | {
            "GETME_STORE": f"sqlite:///{self.folder / 'getme.db'}",
            "GETME_KEYS_FILE": str(self.folder / "keys.json"),
            "GETME_SECRET_KEY": "",
            "GETME_LISTEN": "127.0.0.1:0",
            "GETME_METRICS_LISTEN": "127.0.0.1:0",
        }

    def start(self) -> Program:
        return start_server(self.folder, self.settings)

    def run(self, line: Line) -> None:
        """A line of the page, which does what the page says."""
        instead = {
            "/var/lib/getme": str(self.folder),
            "/var/backups": str(self.folder / "backups"),
            "/etc/getme": str(self.folder),
        }
        (outcome,) = run_lines(
            [line], instead=instead, names=self.settings, folder=self.folder, programs=str(BIN)
        )
        assert outcome.is_told_by(line), outcome


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    (tmp_path / "backups").mkdir()
    made = Installation(tmp_path)
    for command in (["migrate"], ["keys", "generate"]):
        assert run_command(["getme-server", *command], tmp_path, made.settings).returncode == 0
    return made


def test_restored_backup_is_what_was_and_everything_from_before_can_be_ended(
    installation: Installation,
) -> None:
    with installation.start() as server, grpc.insecure_channel(server.address) as channel:
        people = People(channel)
        assert not isinstance(people.register(ADA), Refused)
        taken_back, kept = people.login(ADA), people.login(ADA)
        assert not isinstance(taken_back, Refused)
        assert not isinstance(kept, Refused)
        assert (installation.folder / "getme.db-wal").stat().st_size > 0
        installation.run(BACKUP)
        assert not isinstance(people.logout(taken_back.token), Refused)
        assert people.get_me(taken_back.token) == Refused("TOKEN_REVOKED")
        assert not isinstance(people.change_password(kept.token, PASSWORD, ANOTHER), Refused)
        assert not isinstance(people.register(BOB), Refused)
    installation.run(RESTORE)
    assert (installation.folder / "getme.db").stat().st_mode & 0o777 == 0o600
    with installation.start() as server, grpc.insecure_channel(server.address) as channel:
        people = People(channel)
        for session in (taken_back, kept):
            assert not isinstance(people.get_me(session.token), Refused)
        assert people.login(ADA, ANOTHER) == Refused("BAD_CREDENTIALS")
        assert people.login(BOB) == Refused("BAD_CREDENTIALS")
    installation.run(END_ALL)
    with installation.start() as server, grpc.insecure_channel(server.address) as channel:
        people = People(channel)
        for session in (taken_back, kept):
            assert people.get_me(session.token) == Refused("TOKEN_INVALID")
            assert people.refresh(session.refresh_token) == Refused("TOKEN_INVALID")
        assert not isinstance(people.login(ADA), Refused)


def test_log_of_changes_that_was_emptied_has_another_name(new_store: NewStore) -> None:
    location = read_location(new_store("cassandra"))
    assert isinstance(location, CassandraLocation)
    names = [log_after_a_change(location)]
    session = connect(location, NO_LOGIN)
    try:
        session.execute(f"TRUNCATE {location.keyspace}.getme_changes", timeout=60)
    finally:
        session.cluster.shutdown()
    names.append(log_after_a_change(location))
    assert all(names)
    assert len(set(names)) == len(names)


def log_after_a_change(location: CassandraLocation) -> str:
    """The name of the log, as servers that start now know it."""
    stores = open_stores(location, NO_LOGIN)
    try:
        deadline = Deadline(SECONDS)
        name = stores.changes.head(deadline).log_id
        stores.revocations.revoke_user_tokens(uuid4(), 1.0, deadline, keep_seconds=60)
        assert stores.changes.head(deadline) == (name, 1)
    finally:
        stores.close()
    return name
