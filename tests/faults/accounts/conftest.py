"""A server that can be killed at any step, over either store, and its tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from getme_server.stores.location import read_location
from getme_server.stores.opening import open_import_store
from tests.accounts import CHEAP_ACCOUNTS
from tests.conftest import NO_LOGIN, NewStore
from tests.faults.accounts.mortal_server import MortalServer
from tests.integration.tables import Tables, tables_of
from tests.people import MODERATOR
from tests.servers.programs import SECRET
from tests.tokens import token_for


@pytest.fixture(scope="session", params=["sqlite", "cassandra"])
def mortal_store(request: pytest.FixtureRequest, new_store: NewStore) -> str:
    """URL of a store of either kind with a moderator in it."""
    url = new_store(request.param)
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts([MODERATOR])
    return url


@pytest.fixture(scope="session")
def mortal(mortal_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalServer]:
    """The server; it runs when a test begins, and when it ends."""
    settings = {
        "GETME_STORE": mortal_store,
        "GETME_LISTEN": "127.0.0.1:0",
        "GETME_SECRET_KEY": SECRET,
        "GETME_WORKERS": "1",
    }
    log: Path = tmp_path_factory.mktemp("mortal") / "log"
    server = MortalServer(settings | CHEAP_ACCOUNTS, log)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def tables(mortal_store: str) -> Iterator[Tables]:
    """The tables as they are, whatever a server says of them."""
    with tables_of(read_location(mortal_store)) as tables:
        yield tables


@pytest.fixture(scope="session")
def moderator() -> str:
    """A moderator's token."""
    return token_for(MODERATOR.user_id, "moderator")
