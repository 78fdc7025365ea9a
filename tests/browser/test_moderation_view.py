"""What moderators do on the page, and that nobody else is shown it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.account_page import AccountPage
from tests.browser.conftest import NewWindow
from tests.browser.moderators import new_moderator, set_status
from tests.integration.rest_accounts.rest_people import RestSystem

FIND = "E-mail address or user ID"


@pytest.fixture
def page(rest: RestSystem, new_window: NewWindow) -> AccountPage:
    """A moderator's account."""
    opened = AccountPage.opened(new_window(), rest)
    opened.sign_in(new_moderator(rest).email)
    return opened


def find(page: AccountPage, who: str) -> None:
    page.fill({FIND: who})
    page.press("Find")


def test_a_user_is_found_suspended_and_reactivated(page: AccountPage) -> None:
    user = page.rest.new_user()
    find(page, user.email)
    found = page.section("Moderation").get_by_role("region")
    expect(found).to_contain_text(user.user_id)
    expect(found).to_be_focused()
    page.press("Suspend…")
    expect(page.dialog()).to_contain_text("Suspend Ada Example?")
    page.press("Suspend", page.dialog())
    expect(found).to_contain_text("Suspended")
    assert page.rest.me(user).json()["reason"] == "ACCOUNT_SUSPENDED"
    page.press("Reactivate")
    expect(found).to_contain_text("Active")
    assert page.rest.login(user.email).status_code == 200


def test_a_user_is_found_by_id_and_a_role_that_would_be_lost_is_named(page: AccountPage) -> None:
    user = page.rest.new_user()
    set_status(page.rest, user.user_id, "creator")
    find(page, f" {user.user_id.upper()} ")
    page.press("Suspend…")
    expect(page.dialog()).to_contain_text("The role “creator” is lost")


def test_nobody_is_found(page: AccountPage) -> None:
    find(page, "nobody@example.org")
    expect(page.section("Moderation").get_by_role("alert")).to_have_text(re.compile("Request ID"))
    assert page.error_of(FIND) == "Nobody has this address or ID."


def test_a_moderator_cannot_bar_herself_here(page: AccountPage) -> None:
    email = page.section("Profile").locator("dd").first.inner_text().splitlines()[0]
    find(page, email)
    expect(page.section("Moderation")).to_contain_text("This is you.")
    expect(page.tab.get_by_role("button", name="Suspend…")).to_have_count(0)


def test_others_are_not_shown_it(rest: RestSystem, new_window: NewWindow) -> None:
    page = AccountPage.opened(new_window(), rest)
    page.sign_in(rest.new_user().email)
    expect(page.heading("Moderation")).to_have_count(0)
