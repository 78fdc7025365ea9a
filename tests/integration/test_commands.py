"""What commands say of bad settings and stores: one clear line, no traceback."""

import stat
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest

import getme
from tests.accounts import CHEAP_ACCOUNTS
from tests.conftest import NewStore
from tests.people import ADA
from tests.servers.programs import SECRET, run_command, start_server

SERVE = ["getme-server", "serve"]
ISSUE = ["getme-server", "token", "issue", "--user", str(ADA.user_id)]
DEV = {"GETME_SECRET_KEY": ""}


class Fault(NamedTuple):
    """Settings that will not do, and what the line must say."""

    id: str
    command: list[str]
    settings: dict[str, str]
    exit_code: int
    says: tuple[str, ...]


FAULTS = [
    Fault("no key", SERVE, {"GETME_SECRET_KEY": ""}, 2, ("GETME_SECRET_KEY", "--dev")),
    Fault("short key", SERVE, {"GETME_SECRET_KEY": "short"}, 2, ("GETME_SECRET_KEY", "32")),
    Fault(
        "short old key",
        SERVE,
        {"GETME_SECRET_KEY": f"{SECRET},unit-test-secret"},
        2,
        ("GETME_SECRET_KEY", "32"),
    ),
    Fault("misspelt", SERVE, {"GETME_LISTN": "x"}, 2, ("GETME_LISTN", "did you mean GETME_LISTEN")),
    Fault("no effect yet", SERVE, {"GETME_TLS_CERT": "x.pem"}, 2, ("GETME_TLS_CERT",)),
    Fault("no port", SERVE, {"GETME_LISTEN": "localhost"}, 2, ("GETME_LISTEN", "host:port")),
    Fault("port too high", SERVE, {"GETME_LISTEN": "a:65536"}, 2, ("GETME_LISTEN", "65535")),
    Fault("not a duration", SERVE, {"GETME_CACHE_TTL": "60"}, 2, ("GETME_CACHE_TTL", "60s")),
    Fault("not a number", SERVE, {"GETME_THREADS": "many"}, 2, ("GETME_THREADS",)),
    Fault("not a choice", SERVE, {"GETME_MISSING_USER": "404"}, 2, ("GETME_MISSING_USER",)),
    Fault("half a URL", SERVE, {"GETME_STORE": "sqlite:x.db"}, 2, ("GETME_STORE", "sqlite:///")),
    Fault(
        "option without a value",
        SERVE,
        {"GETME_STORE": "cassandra://h/k?local_dc"},
        2,
        ("GETME_STORE", "name=value"),
    ),
    Fault("unknown store", SERVE, {"GETME_STORE": "mysql://x"}, 2, ("GETME_STORE", "sqlite:///")),
    Fault("no keyspace", SERVE, {"GETME_STORE": "cassandra://h"}, 2, ("GETME_STORE", "keyspace")),
    Fault(
        "secret file is missing",
        SERVE,
        {"GETME_SECRET_KEY": "", "GETME_SECRET_KEY_FILE": "/nowhere"},
        2,
        ("GETME_SECRET_KEY_FILE", "/nowhere"),
    ),
    Fault("no database", SERVE, {"GETME_STORE": "sqlite:///none.db"}, 1, ("none.db", "migrate")),
    Fault("not a database", SERVE, {"GETME_STORE": "sqlite:///text.db"}, 1, ("text.db",)),
    Fault("empty database", SERVE, {"GETME_STORE": "sqlite:///empty.db"}, 1, ("migrate",)),
    Fault(
        "a folder that is not there",
        ["getme-server", "migrate"],
        {"GETME_STORE": "sqlite:////nowhere/x.db"},
        1,
        ("/nowhere/x.db",),
    ),
    Fault(
        "no cluster",
        SERVE,
        {"GETME_STORE": "cassandra://127.0.0.1:9/killrvideo"},
        1,
        ("127.0.0.1:9", "GETME_STORE"),
    ),
    Fault("no such host", SERVE, {"GETME_STORE": "cassandra://no.invalid/k"}, 1, ("no.invalid",)),
    Fault("user ID is a name", [*ISSUE[:-1], "ada"], {}, 2, ("UUID",)),
    Fault("lifetime", [*ISSUE, "--ttl", "soon"], {}, 2, ("--ttl", "1h")),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_is_told_in_one_clear_line(tmp_path: Path, fault: Fault) -> None:
    (tmp_path / "text.db").write_text("this is not a database, but a long enough text file")
    (tmp_path / "empty.db").touch()
    ports = {"GETME_LISTEN": "127.0.0.1:0", "GETME_METRICS_LISTEN": "127.0.0.1:0"}
    result = run_command(fault.command, tmp_path, ports | fault.settings)
    assert result.returncode == fault.exit_code, result.stderr
    for words in fault.says:
        assert words in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert SECRET not in result.stdout + result.stderr
    if fault.command == SERVE:
        assert len(result.stderr.splitlines()) == 1, result.stderr


def test_cassandra_faults_name_the_command_that_mends_them(
    tmp_path: Path, cassandra_address: str, new_store: NewStore
) -> None:
    missing = f"cassandra://{cassandra_address}/no_such_keyspace?local_dc=dc1"
    result = run_command(SERVE, tmp_path, {"GETME_STORE": missing})
    assert result.returncode == 1
    assert "no_such_keyspace" in result.stderr
    assert "getme-server migrate" in result.stderr
    wrong = new_store("cassandra").replace("local_dc=dc1", "local_dc=dc7")
    result = run_command(SERVE, tmp_path, {"GETME_STORE": wrong})
    assert result.returncode == 1
    assert "local_dc=dc7 is not a data centre of this cluster; it has: dc1" in result.stderr


def test_doctor_tells_what_is_in_order(tmp_path: Path, people_database: str) -> None:
    settings = {
        "GETME_STORE": people_database,
        "GETME_LISTEN": "127.0.0.1:0",
        "GETME_METRICS_LISTEN": "127.0.0.1:0",
    }
    result = run_command(["getme-server", "doctor"], tmp_path, settings)
    assert result.returncode == 0, result.stdout
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["ok", "key:"],
        ["note", "key:"],  # a secret can be shared
        ["ok", "store:"],
        ["ok", "tls:"],
        ["ok", "GETME_LISTEN:"],
        ["ok", "GETME_METRICS_LISTEN:"],
        ["ok", "passwords:"],
        ["ok", "limits:"],
        ["ok", "redis:"],
    ]
    assert SECRET not in result.stdout


def test_doctor_warns_of_what_works_and_is_unsafe(tmp_path: Path, people_database: str) -> None:
    settings = CHEAP_ACCOUNTS | {
        "GETME_STORE": people_database,
        "GETME_LISTEN": "127.0.0.1:0",
        "GETME_METRICS_LISTEN": "127.0.0.1:0",
        "GETME_REDIS_URL": "redis://:secret-of-redis@127.0.0.1:1",
    }
    result = run_command(["getme-server", "doctor"], tmp_path, settings)
    assert result.returncode == 0, result.stdout
    assert "WARN  passwords: argon2id with 8 MiB, 1 passes, 1 lanes: cheap" in result.stdout
    assert "WARN  limits: GETME_LIMIT_PASSWORD and GETME_LIMIT_ACCOUNT" in result.stdout
    assert "WARN  redis: it does not answer (ConnectionError)" in result.stdout
    assert "secret-of-redis" not in result.stdout + result.stderr


def test_doctor_knows_the_ports_of_a_running_server(tmp_path: Path, people_database: str) -> None:
    with start_server(tmp_path, {"GETME_STORE": people_database}) as server:
        settings = {
            "GETME_STORE": people_database,
            "GETME_LISTEN": server.address,
            "GETME_METRICS_LISTEN": str(server.serving["metrics"]),
        }
        result = run_command(["getme-server", "doctor"], tmp_path, settings)
    assert result.returncode == 0, result.stdout
    assert result.stdout.count("a getme-server answers at") == 2


def test_doctor_goes_on_after_a_fault_and_exits_with_one(tmp_path: Path) -> None:
    settings = {"GETME_SECRET_KEY": "", "GETME_STORE": "sqlite:///none.db"}
    result = run_command(["getme-server", "doctor"], tmp_path, settings)
    assert result.returncode == 1
    assert result.stdout.startswith("FAIL  key:")
    assert "FAIL  store: there is no database at none.db" in result.stdout
    assert "GETME_METRICS_LISTEN" in result.stdout


def test_migrate_makes_tables_once(tmp_path: Path) -> None:
    settings = {"GETME_STORE": "sqlite:///new.db"}
    first = run_command(["getme-server", "migrate"], tmp_path, settings)
    again = run_command(["getme-server", "migrate"], tmp_path, settings)
    assert (first.returncode, again.returncode) == (0, 0)
    assert "applied" in first.stdout
    assert again.stdout == "nothing to do: all tables are there\n"


def test_dev_makes_tables_and_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    with start_server(tmp_path, DEV, "--dev") as server:
        key = tmp_path / "getme-dev.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        issued = run_command([*ISSUE[:-1], str(uuid4()), "--dev"], tmp_path, DEV)
        assert issued.returncode == 0, issued.stderr
        with getme.Client(server.address) as client, pytest.raises(getme.Unauthenticated) as gone:
            client.get_me(issued.stdout.strip())  # well signed, and its user does not exist
        assert gone.value.reason == "TOKEN_INVALID"
    first = key.read_text()
    with start_server(tmp_path, DEV, "--dev"):
        assert key.read_text() == first
    key.chmod(0o644)
    refused = run_command([*SERVE, "--dev"], tmp_path, DEV)
    assert refused.returncode == 2
    assert "chmod 600" in refused.stderr


def test_issued_tokens_work_until_their_end(tmp_path: Path, people_database: str) -> None:
    settings = {"GETME_STORE": people_database}
    with start_server(tmp_path, settings) as server, getme.Client(server.address) as client:
        issued = run_command([*ISSUE, "--role", "creator", "--ttl", "1h"], tmp_path, settings)
        user = client.get_me(issued.stdout.strip())
        assert (user.email, user.roles) == (ADA.email, ("viewer", "creator"))
        for ttl in ("0", "1ms", "366d"):
            assert run_command([*ISSUE, "--ttl", ttl], tmp_path, settings).returncode == 2
        odd = run_command([*ISSUE, "--role", "guest"], tmp_path, settings)
        assert (odd.returncode, odd.stderr) == (0, "note: the role 'guest' grants nothing\n")
