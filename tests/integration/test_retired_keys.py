"""What was signed by a key that is gone: refused by those too who hold no key and remember."""

from pathlib import Path

import pytest

import getme
from tests.integration.test_key_rotation import keys
from tests.people import ADA
from tests.servers.programs import run_command, start_server
from tests.tokens import token_for
from tests.unit.key_files.files_in_test import key_ids
from tests.waiting import until

ANOTHER_SECRET = "kQ7w-fB1yTz0pXc9Rj3LmH5uVa8sDe2gNo6iKq4tWb0"


@pytest.fixture
def settings(people_database: str, tmp_path: Path) -> dict[str, str]:
    keys(tmp_path, "generate", "--algorithm", "EdDSA")
    return {
        "GETME_STORE": people_database,
        "GETME_SECRET_KEY": "",
        "GETME_KEYS_FILE": str(tmp_path / "keys.json"),
    }


@pytest.fixture
def token(settings: dict[str, str], tmp_path: Path) -> str:
    issue = ["getme-server", "token", "issue", "--user", str(ADA.user_id), "--ttl", "10m"]
    issued = run_command(issue, tmp_path, settings)
    assert issued.returncode == 0, issued.stderr
    return issued.stdout.strip()


def remember(client: getme.Client, token: str) -> None:
    """Asks until an answer comes from memory."""

    def is_hit() -> bool:
        before = client.memory.hits
        client.get_me(token)
        return client.memory.hits > before

    assert until(is_hit)


def is_refused(client: getme.Client, token: str) -> bool:
    try:
        client.get_me(token)
    except getme.Unauthenticated as refused:
        return refused.reason == "TOKEN_INVALID"
    except getme.Unavailable:
        return False
    return False


def test_who_remembers_answers_refuses_what_a_retired_key_has_signed(
    settings: dict[str, str], token: str, tmp_path: Path
) -> None:
    (old,) = key_ids(tmp_path / "keys.json")
    with start_server(tmp_path, settings) as server, getme.Client(server.address) as client:
        keys(tmp_path, "rotate", "--wait", "0s")
        remember(client, token)
        keys(tmp_path, "retire", old, "--now")
        assert until(lambda: is_refused(client, token))


def test_a_server_that_comes_back_with_another_secret_voids_what_is_remembered(
    people_database: str, tmp_path: Path
) -> None:
    settings = {"GETME_STORE": people_database}
    token = token_for(ADA.user_id)
    with start_server(tmp_path, settings) as server, getme.Client(server.address) as client:
        remember(client, token)
        server.stop()
        assert until(lambda: client.memory.lease_seconds_left <= 0)
        settings |= {"GETME_LISTEN": server.address, "GETME_SECRET_KEY": ANOTHER_SECRET}
        with start_server(tmp_path, settings):
            assert until(lambda: client.memory.lease_seconds_left > 0)  # nobody has asked till then
            assert is_refused(client, token)
