"""KillrVideo's own schema and data, as another program left them."""

import csv
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import grpc
import httpx
import pytest
from cassandra.cluster import Cluster, Session

from getme.errors import error_of_call
from getme.v1.user_service_pb2 import GetMeRequest
from getme.v1.user_service_pb2_grpc import UserServiceStub
from tests.servers.programs import run_command, start_gateway, start_server
from tests.tokens import bearer, token_for

SHARED = Path(__file__).parents[3] / "shared" / "data" / "killrvideo"
KEYSPACE = "killrvideo"
# From KillrVideo's schema for Cassandra 5, with what a cluster may have beyond it.
SCHEMA = (
    f"""CREATE KEYSPACE {KEYSPACE}
        WITH replication = {{'class': 'NetworkTopologyStrategy', 'dc1': 1}}""",
    f"""CREATE TABLE {KEYSPACE}.users (
        userid uuid PRIMARY KEY, created_date timestamp, email text MASKED WITH mask_inner(1,1),
        firstname text, lastname text, account_status text, last_login_date timestamp,
        favourite_colour text)""",
    f"CREATE INDEX users_email_idx ON {KEYSPACE}.users(email) USING 'sai'",
    f"""CREATE TABLE {KEYSPACE}.user_credentials (
        email text PRIMARY KEY, password text, userid uuid, account_locked boolean)""",
)
OWN_USERS = """userid,created_date,email,firstname,lastname,account_status,last_login_date
3f0e3c06-3f0a-4d43-8c3b-0f5b7a9d1b01,2025-04-29T03:55:08.964Z,dora@example.org,Dora,One,active,2025-10-21T23:04:18.055Z
3f0e3c06-3f0a-4d43-8c3b-0f5b7a9d1b02,2025-04-29T03:55:08.000Z,emil@example.org,Emil,Two,suspended,
3f0e3c06-3f0a-4d43-8c3b-0f5b7a9d1b03,2025-04-29T03:55:08Z,fay@example.org,Fay,Three,inactive,2025-10-21T23:04:18.055Z
3f0e3c06-3f0a-4d43-8c3b-0f5b7a9d1b04,2025-04-29T03:55:08Z,gus@example.org,Gus,Four,active,2025-10-21T23:04:18.055Z
"""
OWN_CREDENTIALS = """email,password,userid,account_locked
dora@example.org,unusable,3f0e3c06-3f0a-4d43-8c3b-0f5b7a9d1b01,false
gus@example.org,unusable,3f0e3c06-3f0a-4d43-8c3b-0f5b7a9d1b04,true
"""
BARRED = {"suspended": "ACCOUNT_SUSPENDED", "inactive": "ACCOUNT_INACTIVE"}


@pytest.fixture
def session(cassandra_address: str) -> Iterator[Session]:
    host, _, port = cassandra_address.partition(":")
    with Cluster([host], port=int(port), protocol_version=5) as cluster:
        session = cluster.connect()
        for statement in (f"DROP KEYSPACE IF EXISTS {KEYSPACE}", *SCHEMA):
            session.execute(statement, timeout=60)
        yield session
        session.execute(f"DROP KEYSPACE {KEYSPACE}", timeout=60)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """KillrVideo's sample data where it is at hand, else a few rows of our own."""
    if SHARED.exists():
        return SHARED / "users.csv", SHARED / "user_credentials.csv"
    (tmp_path / "users.csv").write_text(OWN_USERS)
    (tmp_path / "user_credentials.csv").write_text(OWN_CREDENTIALS)
    return tmp_path / "users.csv", tmp_path / "user_credentials.csv"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("kind", ["sqlite", "cassandra"])
def test_every_user_of_the_sample_data_is_read_back_equal_to_the_file(
    tmp_path: Path, files: tuple[Path, Path], kind: str, request: pytest.FixtureRequest
) -> None:
    users_file, credentials_file = files
    store = f"sqlite:///{tmp_path / 'getme.db'}"
    if kind == "cassandra":
        request.getfixturevalue("session")
        address = request.getfixturevalue("cassandra_address")
        store = f"cassandra://{address}/{KEYSPACE}?local_dc=dc1"
    settings = {"GETME_STORE": store}
    assert run_command(["getme-server", "migrate"], tmp_path, settings).returncode == 0
    load = ["getme-server", "import", "--users", str(users_file)]
    loaded = run_command([*load, "--credentials", str(credentials_file)], tmp_path, settings)
    assert loaded.returncode == 0, loaded.stderr
    users, locked = rows(users_file), locked_emails(credentials_file)
    with (
        start_server(tmp_path, settings) as server,
        start_gateway(tmp_path, server.address) as gateway,
        grpc.insecure_channel(server.address) as channel,
        httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
    ):
        stub = UserServiceStub(channel)
        for row in users:
            assert_read_back(row, stub, http, locked=row["email"] in locked)


def locked_emails(credentials_file: Path) -> set[str]:
    return {row["email"] for row in rows(credentials_file) if row["account_locked"] == "true"}


def assert_read_back(
    row: dict[str, str], stub: UserServiceStub, http: httpx.Client, *, locked: bool
) -> None:
    public = http.get(f"/api/v1/users/{row['userid']}").json()
    shown = {"userId": row["userid"], "created_date": shortest(row["created_date"])} | {
        name: row[name] for name in ("firstname", "lastname", "account_status")
    }
    assert public == shown
    metadata = bearer(token_for(UUID(row["userid"])))
    answer = http.get("/api/v1/users/me", headers=dict(metadata))
    reason = BARRED.get(row["account_status"], "ACCOUNT_LOCKED" if locked else None)
    if reason is None:
        assert answer.json() == shown | {
            "email": row["email"],
            "last_login_date": shortest(row["last_login_date"]),
        }
        user = stub.GetMe(GetMeRequest(), metadata=metadata, timeout=10).user
        assert (user.email, user.firstname) == (row["email"], row["firstname"])
        return
    assert (answer.status_code, answer.json()["reason"]) == (403, reason)
    with pytest.raises(grpc.RpcError) as refused:
        stub.GetMe(GetMeRequest(), metadata=metadata, timeout=10)
    assert error_of_call(refused.value).reason == reason


def shortest(date: str) -> str | None:
    """A date as protobuf's JSON writes it: no fraction where it is zero."""
    return date.replace(".000Z", "Z") or None


def test_a_column_added_while_the_server_runs_harms_no_call(
    tmp_path: Path, cassandra_address: str, session: Session
) -> None:
    user_id = UUID("3f0e3c06-3f0a-4d43-8c3b-0f5b7a9d1b09")
    row = "(userid, firstname, account_status) VALUES (%s, 'A', 'active')"
    session.execute(f"INSERT INTO {KEYSPACE}.users {row}", (user_id,))
    store = f"cassandra://{cassandra_address}/{KEYSPACE}?local_dc=dc1"
    metadata = bearer(token_for(user_id))
    assert (
        run_command(["getme-server", "migrate"], tmp_path, {"GETME_STORE": store}).returncode == 0
    )
    with (
        start_server(tmp_path, {"GETME_STORE": store}) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = UserServiceStub(channel)
        for column in ("", "aaa", "zzz"):
            if column:
                session.execute(f"ALTER TABLE {KEYSPACE}.users ADD {column} text", timeout=60)
            for _ in range(20):
                user = stub.GetMe(GetMeRequest(), metadata=metadata, timeout=10).user
                assert (user.firstname, user.email) == ("A", "")
