"""A database with people in it for each module, and what was measured, for the summary."""

from pathlib import Path

import pytest

from getme_server.stores.location import read_location
from getme_server.stores.opening import migrate, open_import_store
from tests.conftest import NO_LOGIN
from tests.faults.odd_conditions.unharmed import figures
from tests.people import CREDENTIALS, PEOPLE


@pytest.fixture(scope="module")
def people_store_here(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of an SQLite store with `tests.people` in it, for one module."""
    return store_with_people(tmp_path_factory.mktemp("store") / "people.db")


def store_with_people(path: Path) -> str:
    """Makes an SQLite store with `tests.people` in it; its URL."""
    url = f"sqlite:///{path}"
    migrate(read_location(url), NO_LOGIN)
    with open_import_store(read_location(url), NO_LOGIN) as store:
        store.add_accounts(PEOPLE)
        store.add_credentials(CREDENTIALS)
    return url


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows what was measured, also where all is well."""
    if figures:
        terminalreporter.section("odd conditions, met")
        for figure in figures:
            terminalreporter.write_line(figure)
