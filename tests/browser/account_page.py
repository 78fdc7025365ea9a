"""The account page as a person meets it: by its labels, names and texts."""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import BrowserContext, Locator, Page

from tests.accounts import PASSWORD
from tests.integration.rest_accounts.rest_people import RestSystem

ACCESS_COOKIE = "__Host-getme_access"


class AccountPage(NamedTuple):
    """One tab."""

    tab: Page
    rest: RestSystem

    @classmethod
    def opened(cls, window: BrowserContext, rest: RestSystem, fragment: str = "") -> AccountPage:
        """A new tab of window, in which the page has been opened."""
        tab = window.new_page()
        tab.goto(f"{rest.http.base_url}/{fragment}")
        return cls(tab, rest)

    def another_tab(self) -> AccountPage:
        """A second tab of the same window."""
        return AccountPage.opened(self.tab.context, self.rest)

    def heading(self, name: str) -> Locator:
        return self.tab.get_by_role("heading", name=name, exact=True)

    def section(self, name: str) -> Locator:
        return self.tab.get_by_role("region", name=name, exact=True).first

    def dialog(self) -> Locator:
        return self.tab.get_by_role("dialog")

    def press(self, button: str, within: Locator | None = None) -> None:
        place: Locator | Page = within or self.tab
        place.get_by_role("button", name=button, exact=True).click()

    def fill(self, values: dict[str, str], within: Locator | None = None) -> None:
        """values: by label."""
        place: Locator | Page = within or self.tab
        for label, value in values.items():
            place.get_by_label(label, exact=True).fill(value)

    def error_of(self, label: str, within: Locator | None = None) -> str:
        """What a screen reader says to be wrong with a field; empty if nothing is."""
        place: Locator | Page = within or self.tab
        field = place.get_by_label(label, exact=True)
        if field.get_attribute("aria-invalid") != "true":
            return ""
        described = (field.get_attribute("aria-describedby") or "").split()
        (error,) = [each for each in described if each.endswith("-error")]
        return self.tab.locator(f"#{error}").inner_text()

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Signs in, and waits for the account."""
        self.fill({"E-mail address": email, "Password": password})
        self.press("Sign in")
        self.is_signed_in()

    def fill_registration(self, email: str, password: str = PASSWORD) -> None:
        """From the sign-in: all that making an account needs."""
        self.tab.get_by_role("link", name="Make an account").click()
        self.fill({"First name": "Ada", "Last name": "Example"})
        self.fill({"E-mail address": email, "Password": password})

    def register(self, email: str, password: str = PASSWORD) -> None:
        """From the sign-in: makes an account."""
        self.fill_registration(email, password)
        self.press("Make account")

    def is_signed_in(self) -> None:
        """Waits for the account with all its sections."""
        self.heading("Your account").wait_for()
        self.section("Devices").get_by_text("This device", exact=True).wait_for()

    def is_signed_out(self, because: str = "") -> None:
        """Waits for the sign-in. because: what it says above the form."""
        self.heading("Sign in").wait_for()
        if because:
            self.tab.get_by_text(because, exact=True).wait_for()

    def let_access_token_expire(self) -> None:
        """As the browser does it: the cookie is gone when its time is over."""
        self.tab.context.clear_cookies(name=ACCESS_COOKIE)
