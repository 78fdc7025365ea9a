"""What the settings of an installation make of the page."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.accounts import PASSWORD
from tests.browser.account_page import AccountPage
from tests.browser.conftest import NewWindow
from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import RestSystem, fresh_email, run_rest

ATTEMPTS = 3


@pytest.fixture(scope="module")
def database(new_store: NewStore) -> str:
    """URL of the store of `strict`."""
    return new_store("sqlite")


@pytest.fixture(scope="module")
def strict(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestSystem]:
    """A system that says when a user is gone, and lets nobody try many passwords."""
    settings = {
        "GETME_STORE": database,
        "GETME_CACHE_TTL": "0",
        "GETME_MISSING_USER": "not_found",
        "GETME_LIMIT_PASSWORD": f"{ATTEMPTS} per hour",
    }
    with run_rest(tmp_path_factory.mktemp("strict"), settings) as system:
        yield system


def test_where_accounts_are_not_served_the_page_says_so(
    new_store: NewStore, new_window: NewWindow, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {"GETME_STORE": new_store("sqlite"), "GETME_ACCOUNTS": "off"}
    with run_rest(tmp_path_factory.mktemp("off"), settings) as system:
        page = AccountPage.opened(new_window(), system)
        page.heading("Nobody signs in here").wait_for()
        expect(page.tab.get_by_role("main")).to_contain_text("not part of this installation")
        expect(page.tab.get_by_role("button")).to_have_count(0)


def test_a_user_who_is_gone_is_signed_out(
    strict: RestSystem, database: str, new_window: NewWindow
) -> None:
    page = AccountPage.opened(new_window(), strict)
    page.sign_in(strict.new_user().email)
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as tables, tables:
        tables.execute("DELETE FROM users")  # around getme, which would end the sessions
    page.tab.reload()
    page.is_signed_out("This account is not there any more.")
    assert page.tab.context.cookies() == []


def test_too_many_attempts_are_told_with_the_time_to_wait(
    strict: RestSystem, new_window: NewWindow
) -> None:
    email = fresh_email()
    for _ in range(ATTEMPTS):
        assert strict.login(email).status_code == 401
    page = AccountPage.opened(new_window(), strict)
    page.fill({"E-mail address": email, "Password": PASSWORD})
    page.press("Sign in")
    limited = re.compile(r"Too many attempts\. Try again in (60 minutes|1 hour)\.")
    expect(page.tab.get_by_role("alert")).to_contain_text(limited)
