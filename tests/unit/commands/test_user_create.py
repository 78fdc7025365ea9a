"""What the command says where a real store seldom leaves it in doubt."""

import time
from typing import Any
from uuid import uuid4

import pytest
import typer
from typer.testing import CliRunner

from getme_server.accounts.account import Account, Credentials
from getme_server.accounts.errors import OutcomeUnknown, StoreUnavailable
from getme_server.commands import user_create, user_rules
from getme_server.deadline import Deadline

OPTIONS = ["--email", "new@example.org", "--firstname", "Zoë", "--lastname", "O'Hara"]


class FailingStore:
    """Stands for all stores, and for that of accounts."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self.accounts = self.credentials = self.sessions = self.revocations = self
        self.asked: list[tuple[Account, Credentials]] = []

    def create(self, account: Account, credentials: Credentials, deadline: Deadline) -> None:
        self.asked.append((account, credentials))
        raise self._error

    def close(self) -> None: ...


def run(
    monkeypatch: pytest.MonkeyPatch, error: Exception, *options: str
) -> tuple[FailingStore, Any]:
    store = FailingStore(error)
    monkeypatch.setattr(user_rules, "open_stores", lambda _settings: store)
    app = typer.Typer()
    app.command()(user_create.create)
    return store, CliRunner().invoke(app, [*OPTIONS, *options], env={"GETME_STORE": "sqlite:///x"})


@pytest.mark.parametrize("given", [None, str(uuid4())], ids=["random ID", "given ID"])
def test_unknown_outcome_names_the_id_that_finishes_it(
    monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    options = ("--id", given) if given else ()
    store, told = run(monkeypatch, OutcomeUnknown("no answer in time"), *options)
    ((account, _),) = store.asked
    assert (told.exit_code, told.stdout) == (1, "")
    (line,) = told.stderr.splitlines()
    assert "the account may have been made or not, repeating is safe; no answer in time" in line
    assert line.endswith(f"run the same command again with --id {account.user_id}")
    assert given in (None, str(account.user_id))


def test_store_that_is_away_is_no_unknown_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    _, told = run(monkeypatch, StoreUnavailable("no answer in time"))
    assert isinstance(told.exception, StoreUnavailable)  # which the program tells in a line


def test_account_has_no_password_and_both_rows_are_of_one_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = time.time()
    store, _ = run(monkeypatch, OutcomeUnknown("x"))
    ((account, credentials),) = store.asked
    assert credentials == Credentials("new@example.org", "", account.user_id, account_locked=False)
    assert account.email == credentials.email
    assert account.created_date is not None
    assert began - 1 < account.created_date / 1_000 < time.time() + 1
