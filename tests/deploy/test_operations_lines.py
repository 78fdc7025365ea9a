"""docs/operations.md: every line does what the page says, in their order, on a store with Ada."""

import shutil
from pathlib import Path

import pytest

from getme_server.stores.location import read_location
from getme_server.stores.opening import open_import_store
from tests.accounts import CHEAP_ACCOUNTS
from tests.conftest import NO_LOGIN, NewStore
from tests.integration.documented_lines import Outcome, lines_of, run_lines
from tests.people import ADA, CREDENTIALS
from tests.servers.cassandra_certificates import Authority
from tests.servers.programs import BIN, SECRET
from tests.tokens import token_for

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = lines_of((ROOT / "docs" / "operations.md").read_text("utf-8"))
CLUSTER = "10.0.0.1,10.0.0.2/killrvideo"
PRIVATE = 0o600


def store_with_ada(new_store: NewStore) -> str:
    url = new_store("sqlite")
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts([ADA])
        store.add_credentials([each for each in CREDENTIALS if each.user_id == ADA.user_id])
    return url


def write_files(folder: Path) -> None:
    """Those that the page names, with what they say there."""
    authority = Authority(folder)
    certificate, _key = authority.issue("tls", "127.0.0.1")
    certificate.rename(folder / "tls.crt")
    shutil.copy(authority.ca, folder / "clients.pem")
    (folder / "getme-key").write_text(SECRET, "utf-8")
    for name in ("getme-key", "tls.key"):
        (folder / name).chmod(PRIVATE)
    (folder / "password").write_text("a quiet place in the hills\n", "utf-8")
    (folder / "token.txt").write_text(token_for(ADA.user_id, "active"), "utf-8")


@pytest.fixture(scope="module")
def operated(
    new_store: NewStore, cassandra_address: str, tmp_path_factory: pytest.TempPathFactory
) -> list[Outcome]:
    """What came of the page. What it asks for at a terminal comes from a file, as it says."""
    folder = tmp_path_factory.mktemp("operations")
    write_files(folder)
    (folder / "backups").mkdir()
    store = store_with_ada(new_store)
    settings = CHEAP_ACCOUNTS | {
        "GETME_STORE": store,
        "GETME_SECRET_KEY_FILE": str(folder / "getme-key"),
        "GETME_LISTEN": "127.0.0.1:0",
        "GETME_METRICS_LISTEN": "127.0.0.1:0",
    }
    given = "--password-stdin < password"
    instead = {
        CLUSTER: f"{cassandra_address}/{folder.name}",
        "/etc/getme": str(folder),
        "/var/backups": str(folder / "backups"),
        "/var/lib/getme": str(Path(store.removeprefix("sqlite:///")).parent),
        "/run/secrets": str(folder),
        "keys rotate": "keys rotate --wait 0s",
        "--ask-password": given,
        "set-password ada@example.org": f"set-password ada@example.org {given}",
        "user delete": "user delete --yes",
    }
    return run_lines(OPERATIONS, instead=instead, names=settings, folder=folder, programs=str(BIN))


@pytest.mark.parametrize(
    "number", range(len(OPERATIONS)), ids=[line.command.split("\n")[-1][:90] for line in OPERATIONS]
)
def test_line_about_operations_prints_what_it_says(operated: list[Outcome], number: int) -> None:
    assert operated[number].is_told_by(OPERATIONS[number]), operated[number]
