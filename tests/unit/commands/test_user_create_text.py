"""An account made by hand has its names and address by the same rules as any other."""

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import pytest
import structlog
import typer
from typer.testing import CliRunner

from getme_server.commands import user_create
from getme_server.deadline import Deadline
from getme_server.stores.location import read_location
from getme_server.stores.opening import open_stores
from tests.conftest import NO_LOGIN

SECONDS = 30


@pytest.fixture
def app() -> Iterator[typer.Typer]:
    app = typer.Typer()
    app.command()(user_create.create)
    yield app
    structlog.reset_defaults()  # it logs to a standard error that is gone with the run


def test_text_is_stored_as_registration_stores_it(app: typer.Typer, people_database: str) -> None:
    options = ["--email", " New@Bücher.EXAMPLE", "--firstname", "Zoe\u0308 ", "--lastname", "李"]
    told = CliRunner().invoke(app, options, env={"GETME_STORE": people_database})
    assert told.exit_code == 0
    with closing(open_stores(read_location(people_database), NO_LOGIN)) as stores:
        account = stores.accounts.account(UUID(told.stdout.strip()), Deadline(SECONDS))
        assert account[1:4] == ("Zoë", "李", "new@bücher.example")
        assert stores.accounts.owner(account.email, Deadline(SECONDS)) == account.user_id


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        pytest.param("--email", "ada@localhost", "e-mail address", id="address without a dot"),
        pytest.param("--firstname", "A\u202eda", "control", id="name that turns text around"),
        pytest.param("--lastname", "\u3164", "visible", id="name that nobody can see"),
    ],
)
def test_text_that_registration_refuses_is_refused_here(
    app: typer.Typer, people_database: str, option: str, value: str, words: str
) -> None:
    options = ["--email", "new@example.org", "--firstname", "Zoë", "--lastname", "O'Hara"]
    told = CliRunner().invoke(app, [*options, option, value], env={"GETME_STORE": people_database})
    assert told.exit_code == 2
    assert option in told.stderr
    assert words in told.stderr
