"""docs/deployment.md and docs/migration.md: every line does what its page says, in their order."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest

from tests.accounts import CHEAP_ACCOUNTS, People, Refused
from tests.conftest import NewStore
from tests.integration.documented_lines import Line, Outcome, lines_of, run_lines
from tests.people import ADA
from tests.servers.installed import installed
from tests.servers.programs import BIN, SECRET, Program, start_gateway, start_server
from tests.tokens import token_for

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENT = lines_of((ROOT / "docs" / "deployment.md").read_text("utf-8"))
MIGRATION = lines_of((ROOT / "docs" / "migration.md").read_text("utf-8"))
USERS = f"""userid,created_date,email,firstname,lastname,account_status,last_login_date
{ADA.user_id},2025-05-01T10:00:00Z,{ADA.email},Ada,Example,active,2025-10-31T10:30:00Z
"""
# Of the deployment page, whose lines say how to sign in.
PASSWORD = "a long walk to the sea"


@pytest.fixture(scope="module")
def store(new_store: NewStore) -> str:
    return new_store("sqlite")


@pytest.fixture(scope="module")
def server(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    settings = CHEAP_ACCOUNTS | {"GETME_STORE": store, "GETME_CACHE_TTL": "0"}
    with start_server(tmp_path_factory.mktemp("server"), settings) as running:
        yield running


def names_of(line: Line) -> str:
    return line.command.split("\n")[0][:90]


@pytest.fixture(scope="module")
def deployed(server: Program, tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """What came of the deployment page, run in a folder like the checkout."""
    installed("promtool", package="Debian's prometheus")
    folder = tmp_path_factory.mktemp("deployment")
    shutil.copytree(ROOT / "deploy", folder / "deploy")  # they write there
    for name in ("protos", "scripts"):
        (folder / name).symlink_to(ROOT / name)
    with grpc.insecure_channel(server.address) as channel:
        assert not isinstance(People(channel).register("ada@example.org", PASSWORD), Refused)
    instead = {"127.0.0.1:50051": server.address}
    return run_lines(DEPLOYMENT, instead=instead, names={}, folder=folder, programs=str(BIN))


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """What came of the migration page, with a server beside the commands on one store."""
    folder = tmp_path_factory.mktemp("migration")
    (folder / "users.csv").write_text(USERS, "utf-8")
    names = {
        "GETME_STORE": f"sqlite:///{folder / 'getme.db'}",
        "GETME_SECRET_KEY": SECRET,
        "TOKEN": token_for(ADA.user_id, "active"),
    }
    before = [line for line in MIGRATION if not line.command.startswith("curl")]
    after = MIGRATION[len(before) :]
    done = run_lines(before, instead={}, names=names, folder=folder, programs=str(BIN))
    with (
        start_server(folder, {"GETME_STORE": names["GETME_STORE"], "GETME_ACCOUNTS": "off"}) as two,
        start_gateway(folder, two.address) as gateway,
    ):
        assert httpx.get(f"http://{gateway.address}/readyz", trust_env=False).status_code == 200
        instead = {"127.0.0.1:8080": gateway.address}
        return done + run_lines(
            after, instead=instead, names=names, folder=folder, programs=str(BIN)
        )


@pytest.mark.parametrize("number", range(len(DEPLOYMENT)), ids=map(names_of, DEPLOYMENT))
def test_line_about_deployment_prints_what_it_says(deployed: list[Outcome], number: int) -> None:
    assert deployed[number].is_told_by(DEPLOYMENT[number]), deployed[number]


@pytest.mark.parametrize("number", range(len(MIGRATION)), ids=map(names_of, MIGRATION))
def test_line_about_migration_prints_what_it_says(migrated: list[Outcome], number: int) -> None:
    assert migrated[number].is_told_by(MIGRATION[number]), migrated[number]
