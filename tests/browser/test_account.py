"""What one does with an account: each flow of the page, in both spellings of the API's keys."""

import re

import pytest
from playwright.sync_api import expect

from tests.accounts import PASSWORD
from tests.browser.account_page import AccountPage
from tests.browser.conftest import NewWindow
from tests.integration.rest_accounts.rest_people import RestSystem, SignedIn, fresh_email

NEW_PASSWORD = "quite another set of words"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture(params=["rest", "camel"])
def system(request: pytest.FixtureRequest) -> RestSystem:
    """A system with either spelling."""
    chosen: RestSystem = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def ada(system: RestSystem) -> SignedIn:
    """A user with a session elsewhere."""
    email = fresh_email()
    # In camel mode a registration signs in, unless it says otherwise.
    assert system.register(email, sign_in=False).status_code == 201
    body = system.login(email, headers={"user-agent": PHONE}).json()
    return SignedIn(body["user"]["userId"], email, body["token"], "")


@pytest.fixture
def page(system: RestSystem, ada: SignedIn, new_window: NewWindow) -> AccountPage:
    """Her account."""
    opened = AccountPage.opened(new_window(), system)
    opened.sign_in(ada.email)
    return opened


def test_a_name_is_changed(page: AccountPage, ada: SignedIn) -> None:
    profile = page.section("Profile")
    page.press("Save changes")
    expect(profile.get_by_role("status")).to_have_text("Nothing has changed.")
    page.fill({"Last name": "King"}, profile)
    page.press("Save changes")
    expect(profile.get_by_role("status")).to_have_text("Saved.")
    expect(page.tab.get_by_text("Ada King")).to_be_visible()
    assert "King" in page.rest.me(ada).json().values()
    page.tab.reload()
    expect(page.tab.get_by_label("Last name")).to_have_value("King")


def test_a_name_that_cannot_be_is_said_at_its_field(page: AccountPage) -> None:
    page.fill({"First name": "A" * 51})
    page.press("Save changes")
    expect(page.tab.get_by_role("alert")).to_have_text(re.compile("Request ID"))
    assert page.error_of("First name").startswith("Must have 1 to 50 characters")


def test_what_was_changed_elsewhere_is_neither_lost_nor_overwritten(
    page: AccountPage, ada: SignedIn
) -> None:
    assert page.rest.update(ada, {"lastname": "Byron"}).status_code == 200
    page.fill({"First name": "Augusta"})
    page.press("Save changes")
    expect(page.tab.get_by_role("alert")).to_contain_text("changed somewhere else")
    expect(page.tab.get_by_label("First name")).to_have_value("Augusta")
    expect(page.tab.get_by_label("Last name")).to_have_value("Byron")
    page.press("Save changes")
    expect(page.tab.get_by_text("Augusta Byron")).to_be_visible()


def test_a_session_elsewhere_is_seen_and_ended(page: AccountPage, ada: SignedIn) -> None:
    devices = page.section("Devices")
    expect(devices.get_by_role("listitem").first).to_contain_text("This device")
    expect(devices.get_by_role("listitem").first).to_contain_text("Chrome on Linux")
    phone = devices.get_by_role("listitem").filter(has_text="Safari on iPhone")
    expect(phone).to_contain_text("Last used just now")
    phone.get_by_role("button").click()
    expect(phone).to_have_count(0)
    expect(devices).to_contain_text("You are signed in nowhere else.")
    assert page.rest.me(ada).status_code == 401


def test_many_sessions_are_shown_when_asked_for(page: AccountPage, ada: SignedIn) -> None:
    for _ in range(7):
        assert page.rest.login(ada.email).status_code == 200
    page.tab.reload()
    rows = page.section("Devices").get_by_role("listitem")
    expect(rows).to_have_count(6)
    page.press("Show 3 more")
    expect(rows).to_have_count(9)
    expect(rows.nth(6)).to_be_focused()


def test_a_new_password_ends_the_other_sessions(page: AccountPage, ada: SignedIn) -> None:
    section = page.section("Password")
    page.fill({"Current password": "wrong", "New password": NEW_PASSWORD}, section)
    page.press("Change password")
    expect(section.get_by_role("alert")).to_have_text(re.compile("Request ID"))
    assert page.error_of("Current password", section) == "This is not your password."
    page.fill({"Current password": PASSWORD}, section)
    page.press("Change password")
    expect(section.get_by_role("status")).to_contain_text("Your password is changed.")
    expect(section.get_by_label("New password", exact=True)).to_have_value("")
    expect(page.section("Devices")).to_contain_text("You are signed in nowhere else.")
    assert page.rest.me(ada).status_code == 401
    assert page.rest.login(ada.email, NEW_PASSWORD).status_code == 200


def test_signing_out_here_leaves_the_others(page: AccountPage, ada: SignedIn) -> None:
    page.press("Sign out")
    page.is_signed_out("You are signed out.")
    page.tab.reload()
    page.is_signed_out()
    assert page.tab.context.cookies() == []
    assert page.rest.me(ada).status_code == 200


def test_signing_out_everywhere_leaves_none(page: AccountPage, ada: SignedIn) -> None:
    page.press("Sign out everywhere")
    page.press("Cancel", page.dialog())
    expect(page.dialog()).to_have_count(0)
    expect(page.tab.get_by_role("button", name="Sign out everywhere")).to_be_focused()
    page.press("Sign out everywhere")
    page.press("Sign out everywhere", page.dialog())
    page.is_signed_out("You are signed out on all devices.")
    assert page.rest.me(ada).status_code == 401


def test_an_account_is_deleted_with_its_password(page: AccountPage, ada: SignedIn) -> None:
    page.press("Delete account…")
    page.fill({"Password": "wrong"}, page.dialog())
    page.press("Delete for ever")
    expect(page.dialog().get_by_role("alert")).to_have_text(re.compile("Request ID"))
    assert page.error_of("Password", page.dialog()) == "This is not your password."
    page.fill({"Password": PASSWORD}, page.dialog())
    page.press("Delete for ever")
    page.is_signed_out("Your account is deleted.")
    assert page.rest.login(ada.email).status_code == 401
