"""axe-core finds nothing to object to in any view, in either colour scheme, wide or narrow."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from tests.accounts import PASSWORD
from tests.browser.account_page import AccountPage
from tests.browser.conftest import NewWindow
from tests.browser.moderators import new_moderator
from tests.integration.rest_accounts.rest_people import RestSystem

WINDOWS: dict[str, dict[str, object]] = {
    "wide and light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "narrow and dark": {"color_scheme": "dark", "viewport": {"width": 320, "height": 700}},
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


def test_trouble(page: AccountPage) -> None:
    page.tab.route("**/api/v1/users/me", lambda route: route.abort())
    page.tab.reload()
    page.heading("One moment").wait_for()
    require_accessible(page)
