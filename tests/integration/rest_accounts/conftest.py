"""The systems that tests of accounts over REST share: one for each spelling of the keys."""

from collections.abc import Iterator

import pytest

from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import RestSystem, SignedIn, run_rest


@pytest.fixture(scope="session")
def rest(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestSystem]:
    """A system without limits. Each test makes users of its own."""
    settings = {"GETME_STORE": new_store("sqlite")}
    with run_rest(tmp_path_factory.mktemp("rest"), settings) as system:
        yield system


@pytest.fixture(scope="session")
def camel(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestSystem]:
    """The same, as KillrVideo's web front end reads it."""
    settings = {"GETME_STORE": new_store("sqlite")}
    spelling = {"GETME_GATEWAY_JSON_NAMES": "camel"}
    with run_rest(tmp_path_factory.mktemp("camel"), settings, spelling) as system:
        yield system


@pytest.fixture
def ada(rest: RestSystem) -> SignedIn:
    """A new user."""
    return rest.new_user()
