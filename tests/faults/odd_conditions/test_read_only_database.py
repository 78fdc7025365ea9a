"""An SQLite store that may be read and not written, as one that another user has restored."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.accounts import CHEAP_ACCOUNTS, People, Refused, new_email
from tests.faults.odd_conditions.conftest import store_with_people
from tests.faults.odd_conditions.unharmed import unharmed
from tests.people import ADA
from tests.servers.installed import installed
from tests.servers.programs import BIN, SECRET, run_command, start_server
from tests.tokens import token_for

SETTINGS = CHEAP_ACCOUNTS | {"GETME_CACHE_TTL": "0"}
REFUSED_WRITES = 100
_ROOTS_RIGHTS = "-dac_override,-dac_read_search"


@pytest.fixture(scope="module")
def as_others_do() -> list[str]:
    """A command before another, for which modes of files count though we are root."""
    if os.geteuid() != 0:
        return []
    setpriv = installed("setpriv", package="util-linux")
    return [setpriv, f"--bounding-set={_ROOTS_RIGHTS}", f"--inh-caps={_ROOTS_RIGHTS}"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """In a folder of its own."""
    folder = tmp_path / "store"
    folder.mkdir()
    yield folder / "people.db"
    folder.chmod(0o755)


def test_reads_are_answered_and_writes_refused_until_it_may_be_written(
    as_others_do: list[str], database: Path, tmp_path: Path
) -> None:
    settings = SETTINGS | {"GETME_STORE": store_with_people(database)}
    database.chmod(0o444)
    with (
        start_server(tmp_path, settings, through=as_others_do) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        (told,) = (line for line in server.lines if '"store_trouble"' in line)
        assert f"{database}, " in told
        assert "cannot be written" in told
        people = People(channel)
        with unharmed("a read-only database", server):
            refused: list[object] = [rename(people) for _ in range(REFUSED_WRITES)]
            refused.append(people.register(new_email()))
            for answer in refused:
                assert isinstance(answer, Refused)
                assert answer.reason == "STORE_UNAVAILABLE"
    for file in database.parent.iterdir():  # SQLite's own beside it, too
        file.chmod(0o644)
    with (
        start_server(tmp_path, settings, through=as_others_do) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        assert not any('"store_trouble"' in line for line in server.lines)
        assert not isinstance(rename(People(channel)), Refused)


def test_doctor_finds_it(as_others_do: list[str], database: Path, tmp_path: Path) -> None:
    settings = {"GETME_STORE": store_with_people(database), "GETME_SECRET_KEY": SECRET}
    database.chmod(0o444)
    told = run_command(
        [*as_others_do, str(BIN / "getme-server"), "doctor", "--json"], tmp_path, settings
    )
    assert "database_read_only" in {each["code"] for each in json.loads(told.stdout)["findings"]}


def rename(people: People) -> object:
    return people.update_me(token_for(ADA.user_id, "viewer"), firstname="Written")


def test_in_a_folder_that_is_read_only_a_server_says_so_and_ends(
    as_others_do: list[str], database: Path, tmp_path: Path
) -> None:
    settings = {"GETME_STORE": store_with_people(database), "GETME_SECRET_KEY": SECRET}
    database.parent.chmod(0o555)
    command = [*as_others_do, str(BIN / "getme-server"), "serve"]
    ended = run_command(command, tmp_path, settings)
    assert ended.returncode == 1
    (told,) = ended.stderr.splitlines()
    assert f"{database} cannot be opened" in told
    assert "both must be writable" in told
