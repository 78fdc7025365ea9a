"""A cluster that asks who we are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.cassandra import start_cassandra
from tests.servers.programs import run_command

USERNAME = "cassandra"  # a new cluster's own superuser and its password
PASSWORD = "cassandra"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    node = start_cassandra(tmp_path_factory.mktemp("node"), password_authentication=True)
    yield f"cassandra://{node.address}:{node.native_port}/killrvideo?local_dc=dc1"
    node.stop()


def migrate(directory: Path, settings: dict[str, str]) -> tuple[int, str]:
    result = run_command(["getme-server", "migrate"], directory, settings)
    return result.returncode, result.stdout + result.stderr


def test_the_password_may_stand_in_a_file(tmp_path: Path, store: str) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    settings = {
        "GETME_STORE": store,
        "GETME_CASSANDRA_USERNAME": USERNAME,
        "GETME_CASSANDRA_PASSWORD_FILE": str(tmp_path / "password"),
    }
    exit_code, text = migrate(tmp_path, settings)
    assert exit_code == 0, text
    assert "table killrvideo.users created" in text


@pytest.mark.parametrize(
    "login",
    [
        {"GETME_CASSANDRA_USERNAME": USERNAME, "GETME_CASSANDRA_PASSWORD": "not-the-password"},
        {"GETME_CASSANDRA_USERNAME": "nobody", "GETME_CASSANDRA_PASSWORD": "not-the-password"},
        {},
    ],
    ids=["wrong password", "unknown role", "no login"],
)
def test_a_refused_login_names_its_settings(
    tmp_path: Path, store: str, login: dict[str, str]
) -> None:
    exit_code, text = migrate(tmp_path, {"GETME_STORE": store} | login)
    assert exit_code == 1
    assert "GETME_CASSANDRA_USERNAME and GETME_CASSANDRA_PASSWORD" in text
    assert "not-the-password" not in text
    assert "Traceback" not in text
    assert len(text.splitlines()) == 1


def test_a_login_in_the_url_is_refused(tmp_path: Path, store: str) -> None:
    url = store.replace("://", "://cassandra:not-the-password@")
    exit_code, text = migrate(tmp_path, {"GETME_STORE": url})
    assert exit_code == 2
    assert "GETME_CASSANDRA_PASSWORD" in text
    assert "not-the-password" not in text
