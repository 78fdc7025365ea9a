"""axe-core finds nothing to object to in any view, in either colour scheme, wide or narrow."""

import functools
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Route, expect

from tests.accounts import PASSWORD
from tests.browser.account_page import AccountPage
from tests.browser.conftest import NewWindow
from tests.browser.moderators import new_moderator
from tests.integration.rest_accounts.rest_people import RestSystem

WINDOWS: dict[str, dict[str, object]] = {
    "wide and light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "narrow and dark": {"color_scheme": "dark", "viewport": {"width": 320, "height": 700}},
}
# What a view says, and the answer that leads to it.
INSTEAD = {
    "You cannot come in": ("**/users/me", 403, "ACCOUNT_SUSPENDED"),
    "One moment": ("**/users/me", 503, "STORE_UNAVAILABLE"),
    "Nobody signs in here": ("**/users/refresh", 501, "UNIMPLEMENTED"),
}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(params=WINDOWS)
def page(request: pytest.FixtureRequest, rest: RestSystem, new_window: NewWindow) -> AccountPage:
    """The page in one of the windows."""
    return AccountPage.opened(new_window(**WINDOWS[request.param]), rest)


def require_accessible(page: AccountPage) -> None:
    """Checks all of the page as it is now, and that nothing is cut off at its side."""
    results = Axe().run(page.tab, options=RULES)
    assert results.violations_count == 0, results.generate_report()
    wider = page.tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wider <= 0


def test_the_welcome_with_and_without_faults(page: AccountPage) -> None:
    page.is_signed_out()
    require_accessible(page)
    page.fill({"E-mail address": "nobody@example.org", "Password": PASSWORD})
    page.press("Sign in")
    expect(page.tab.get_by_role("alert")).to_be_visible()
    require_accessible(page)
    page.register("nobody", password="password")
    expect(page.tab.get_by_role("alert")).to_be_visible()
    require_accessible(page)


def test_the_account_of_a_moderator_with_its_dialogs(page: AccountPage) -> None:
    page.sign_in(new_moderator(page.rest).email)
    page.fill({"E-mail address or user ID": page.rest.new_user().email})
    page.press("Find")
    page.press("Suspend…")
    require_accessible(page)
    page.press("Suspend", page.dialog())
    expect(page.tab.get_by_role("button", name="Reactivate")).to_be_visible()
    page.press("Change password")
    require_accessible(page)
    page.press("Delete account…")
    page.fill({"Password": "wrong"}, page.dialog())
    page.press("Delete for ever")
    expect(page.dialog().get_by_role("alert")).to_be_visible()
    require_accessible(page)


def test_the_account_with_what_did_not_work(page: AccountPage) -> None:
    user = page.rest.new_user()
    page.sign_in(user.email)
    assert page.rest.update(user, {"lastname": "Byron"}).status_code == 200
    page.fill({"First name": "Augusta"})
    page.press("Save changes")
    expect(page.section("Profile").get_by_role("alert")).to_be_visible()
    page.tab.route("**/me/sessions/*", lambda route: route.abort())
    page.section("Devices").get_by_role("listitem").get_by_role("button").click()
    expect(page.section("Devices").get_by_role("alert")).to_be_visible()
    require_accessible(page)
    page.press("Sign out everywhere")
    require_accessible(page)


def test_what_is_shown_instead_of_an_account(page: AccountPage) -> None:
    for heading, (path, status, reason) in INSTEAD.items():
        answer = {"reason": reason, "request_id": "0123456789abcdef"}
        page.tab.route(path, functools.partial(_fulfil, status=status, json=answer))
        page.tab.reload()
        page.heading(heading).wait_for()
        require_accessible(page)
        page.tab.unroute_all()
    page.tab.route("**/users/me", lambda _: None)  # no answer ever
    page.tab.reload()
    page.heading("Loading your account…").wait_for()
    require_accessible(page)


def _fulfil(route: Route, **answer: Any) -> None:
    route.fulfill(**answer)
