"""Imported credentials sign their users in as they are, unless they are locked."""

from collections.abc import Iterator
from pathlib import Path

import bcrypt
import grpc
import pytest
import structlog

from getme.v1.auth_service_pb2 import LoginResponse
from getme_server.deadline import Deadline
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_stores
from tests.accounts import CHEAP_ACCOUNTS, People, Refused
from tests.conftest import NO_LOGIN, NewStore
from tests.integration.typed_commands import typed
from tests.people import ADA, CREATOR
from tests.servers.programs import start_server

PASSWORD = "kept since KillrVideo"
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("kind", ["sqlite", "cassandra"])
def test_hashes_are_kept_and_the_locked_are_refused(
    new_store: NewStore, kind: str, tmp_path: Path
) -> None:
    url = new_store(kind)
    users, credentials = tmp_path / "users.csv", tmp_path / "credentials.csv"
    users.write_text(
        "userid,created_date,email,firstname,lastname,account_status,last_login_date\n"
        f"{ADA.user_id},,{ADA.email},Ada,Example,active,\n"
        f"{CREATOR.user_id},,{CREATOR.email},Carla,Example,active,\n"
    )
    credentials.write_text(
        "email,password,userid,account_locked\n"
        f"{ADA.email},{HASH},{ADA.user_id},false\n"
        f"{CREATOR.email},{HASH},{CREATOR.user_id},true\n"
    )
    settings = {"GETME_STORE": url} | CHEAP_ACCOUNTS
    files = ["--users", str(users), "--credentials", str(credentials)]
    assert typed(settings, "import", *files).code == 0
    stores = open_stores(read_location(url), NO_LOGIN)
    kept = [stores.credentials.credentials(one.email, Deadline(10)) for one in (ADA, CREATOR)]
    stores.close()
    assert kept == [
        (ADA.email, HASH, ADA.user_id, False),
        (CREATOR.email, HASH, CREATOR.user_id, True),
    ]
    with start_server(tmp_path, settings) as server, grpc.insecure_channel(server.address) as at:
        people = People(at)
        assert isinstance(people.login(ADA.email, PASSWORD), LoginResponse)
        assert people.login(CREATOR.email, PASSWORD) == Refused("BAD_CREDENTIALS")
        assert typed(settings, "user", "unlock", CREATOR.email).code == 0
        assert isinstance(people.login(CREATOR.email, PASSWORD), LoginResponse)
