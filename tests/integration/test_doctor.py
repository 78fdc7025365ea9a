"""`getme-server doctor`: what it finds, in words and as JSON, and how it ends."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.typed_commands import typed
from tests.servers.programs import SECRET, run_command, start_server
from tests.servers.redis import RedisServer

FREE = {"GETME_LISTEN": "127.0.0.1:0", "GETME_METRICS_LISTEN": "127.0.0.1:0"}
Finding = dict[str, Any]


@pytest.fixture
def settings(people_database: str) -> dict[str, str]:
    return FREE | {"GETME_STORE": people_database}


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.kill()


def database_of(settings: dict[str, str]) -> Path:
    return Path(settings["GETME_STORE"].removeprefix("sqlite:///"))


def change(settings: dict[str, str], *statements: str) -> None:
    database = sqlite3.connect(database_of(settings))
    with database:
        for statement in statements:
            database.execute(statement)
    database.close()


def found(directory: Path, settings: dict[str, str]) -> dict[str, Finding]:
    """The findings by their code."""
    result = run_command(["getme-server", "doctor", "--json"], directory, settings)
    assert result.stderr == ""
    assert SECRET not in result.stdout
    findings = json.loads(result.stdout)["findings"]
    assert result.returncode == any(finding["severity"] == "error" for finding in findings)
    return {finding["code"]: finding for finding in findings}


def test_json_tells_what_is_in_order_and_what_is_not(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    result = run_command(["getme-server", "doctor", "--json"], tmp_path, settings)
    told = json.loads(result.stdout)
    assert [(one["subject"]) for one in told["in_order"]] == [
        "key", "store", "tls", "GETME_LISTEN", "GETME_METRICS_LISTEN", "passwords", "limits",
        "redis",
    ]  # fmt: skip
    (finding,) = told["findings"]
    assert finding.keys() == {"code", "severity", "subject", "setting", "text"}
    assert (finding["code"], finding["severity"]) == ("secret_can_be_shared", "note")
    assert "getme-server keys generate" in finding["text"]


@pytest.mark.parametrize(
    ("fault", "fail_on", "exit_code"),
    [
        ({}, "warning", 0),  # a note never counts
        ({"GETME_LIMIT_ACCOUNT": "off"}, "error", 0),
        ({"GETME_LIMIT_ACCOUNT": "off"}, "warning", 1),
        ({"GETME_STORE": "sqlite:///none.db"}, "error", 1),
        ({"GETME_STORE": "sqlite:///none.db"}, "warning", 1),
    ],
    ids=["note", "warning", "warning that counts", "error", "error among both"],
)
def test_exit_code_is_by_severity(
    tmp_path: Path, settings: dict[str, str], fault: dict[str, str], fail_on: str, exit_code: int
) -> None:
    command = ["getme-server", "doctor", "--fail-on", fail_on]
    assert run_command(command, tmp_path, settings | fault).returncode == exit_code


SETTINGS_THAT_ARE_FOUND = {
    "reflection_exposed": ({"GETME_LISTEN": "0.0.0.0:0"}, "warning", "GETME_REFLECTION"),
    "calls_in_clear": ({"GETME_LISTEN": "0.0.0.0:0"}, "warning", "GETME_TLS_CERT"),
    "metrics_exposed": (
        {"GETME_METRICS_LISTEN": "0.0.0.0:0"}, "note", "GETME_METRICS_LISTEN"
    ),
    "limits_off": ({"GETME_LIMIT_PASSWORD": "off"}, "warning", "GETME_LIMIT_PASSWORD"),
    "proxies_unbounded": (
        {"GETME_TRUSTED_PROXIES": "10.0.0.0/8,0.0.0.0/0"}, "warning", "GETME_TRUSTED_PROXIES"
    ),
    "passwords_cheap": (
        {"GETME_PASSWORD_MEMORY": "8", "GETME_PASSWORD_TIME": "1"},
        "warning",
        "GETME_PASSWORD_MEMORY",
    ),
    "key_unusable": ({"GETME_SECRET_KEY": "short"}, "error", "GETME_SECRET_KEY"),
    "redis_away": ({"GETME_REDIS_URL": "redis://127.0.0.1:1"}, "warning", "GETME_REDIS_URL"),
    "certificate_unusable": (
        {"GETME_TLS_CERT": "none.pem", "GETME_TLS_KEY": "none.key"}, "error", "GETME_TLS_CERT"
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", SETTINGS_THAT_ARE_FOUND)
def test_a_setting_that_is_unsafe_is_named(
    tmp_path: Path, settings: dict[str, str], code: str
) -> None:
    unsafe, severity, setting = SETTINGS_THAT_ARE_FOUND[code]
    assert code not in found(tmp_path, settings)
    finding = found(tmp_path, settings | unsafe)[code]
    assert (finding["severity"], finding["setting"]) == (severity, setting)


def test_an_address_that_another_program_has_is_an_error(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with start_server(tmp_path, settings) as server:
        taken = {"GETME_LISTEN": str(server.serving["metrics"])}
        finding = found(tmp_path, settings | taken)["address_refused"]
    assert finding["severity"] == "error"
    assert finding["setting"] == "GETME_LISTEN"


def test_the_key_of_a_first_try_is_none_for_production(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    secret = settings | {"GETME_SECRET_KEY": ""}
    assert run_command(["getme-server", "doctor", "--dev"], tmp_path, secret).returncode == 0
    made = (tmp_path / "getme-dev.key").read_text().strip()
    finding = found(tmp_path, settings | {"GETME_SECRET_KEY": f"{SECRET},{made}"})[
        "key_of_development"
    ]
    assert finding["severity"] == "warning"
    assert made not in finding["text"]


@pytest.mark.parametrize("mode", [0o644, 0o660], ids=["all read", "the group writes"])
def test_a_secret_in_a_file_that_others_can_use_is_found(
    tmp_path: Path, settings: dict[str, str], mode: int
) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    file.chmod(0o640)  # as Kubernetes gives it
    settings |= {"GETME_SECRET_KEY": "", "GETME_SECRET_KEY_FILE": str(file)}
    assert "secret_file_open" not in found(tmp_path, settings)
    file.chmod(mode)
    finding = found(tmp_path, settings)["secret_file_open"]
    assert (finding["severity"], finding["setting"]) == ("warning", "GETME_SECRET_KEY_FILE")
    assert f"chmod 600 {file}" in finding["text"]


def test_a_keys_file_that_others_can_read_is_an_error(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    file = tmp_path / "keys.json"
    settings |= {"GETME_SECRET_KEY": "", "GETME_KEYS_FILE": str(file)}
    assert typed(settings, "keys", "generate").code == 0
    file.chmod(0o640)
    assert "key_unusable" not in found(tmp_path, settings)
    file.chmod(0o644)
    finding = found(tmp_path, settings)["key_unusable"]
    assert (finding["severity"], finding["setting"]) == ("error", "GETME_KEYS_FILE")
    assert f"chmod 600 {file}" in finding["text"]


def test_a_database_is_made_for_its_owner_and_found_where_all_read_it(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    database = database_of(settings)
    assert database.stat().st_mode & 0o777 == 0o600
    assert "database_open" not in found(tmp_path, settings)
    database.chmod(0o644)
    assert found(tmp_path, settings)["database_open"]["severity"] == "warning"


@pytest.mark.parametrize(
    "statement", ["DROP TABLE login_attempts", "DROP INDEX getme_sessions_ends"]
)
def test_a_table_or_index_that_is_gone_is_found(
    tmp_path: Path, settings: dict[str, str], statement: str
) -> None:
    assert "tables_missing" not in found(tmp_path, settings)
    change(settings, statement)
    finding = found(tmp_path, settings)["tables_missing"]
    assert finding["severity"] == "error"
    assert statement.rsplit(maxsplit=1)[-1] in finding["text"]


def test_tables_of_an_older_getme_are_an_error_that_names_migrate(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    change(settings, "PRAGMA user_version = 3")
    finding = found(tmp_path, settings)["store_not_ready"]
    assert finding["severity"] == "error"
    assert "run: getme-server migrate" in finding["text"]


def test_deletions_that_were_begun_are_found(tmp_path: Path, settings: dict[str, str]) -> None:
    users = [str(uuid4()) for _ in range(4)]
    assert "removals_unfinished" not in found(tmp_path, settings)
    values = ", ".join(f"('{one}')" for one in users)
    change(settings, f"INSERT INTO getme_removals (userid) VALUES {values}")  # noqa: S608  # our own
    finding = found(tmp_path, settings)["removals_unfinished"]
    assert finding["severity"] == "warning"
    assert sum(one in finding["text"] for one in users) == 3
    assert "getme-server user delete ID" in finding["text"]


def test_a_redis_that_keeps_nothing_is_noted(
    tmp_path: Path, settings: dict[str, str], redis: RedisServer
) -> None:
    settings |= {"GETME_REDIS_URL": redis.url}
    assert found(tmp_path, settings)["redis_forgets"]["severity"] == "note"
    redis.client().config_set("appendonly", "yes")
    assert not {code for code in found(tmp_path, settings) if code.startswith("redis")}


def test_redis_is_looked_at_where_only_news_go_through_it(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    settings |= {"GETME_ACCOUNTS": "off", "GETME_REDIS_URL": "redis://127.0.0.1:1"}
    assert "redis_away" in found(tmp_path, settings)
