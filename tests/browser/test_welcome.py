"""Making an account and signing in, with what can be wrong about it."""

import re
from collections.abc import Callable

from playwright.sync_api import Browser, expect

from tests.accounts import PASSWORD
from tests.browser.account_page import AccountPage
from tests.browser.faults import Faults, faultless_window
from tests.browser.moderators import set_status
from tests.integration.rest_accounts.rest_people import RestSystem, fresh_email

REQUEST_ID = re.compile(r"Request ID [0-9a-f]{16,}")


def test_whoever_makes_an_account_is_signed_in(page: AccountPage) -> None:
    page.register(fresh_email())
    page.is_signed_in()
    expect(page.tab.get_by_text("Ada Example")).to_be_visible()
    expect(page.tab).to_have_title("Your account · getme")
    page.tab.reload()
    page.is_signed_in()


def test_no_script_can_read_the_tokens(page: AccountPage) -> None:
    page.register(fresh_email())
    page.is_signed_in()
    kept = page.tab.evaluate("[document.cookie, JSON.stringify(localStorage)].join()")
    tokens = [cookie for cookie in page.tab.context.cookies() if cookie["name"].startswith("__")]
    assert len(tokens) == 3
    assert all(cookie["httpOnly"] and cookie["secure"] for cookie in tokens)
    assert not any(cookie["name"] in kept or cookie["value"] in kept for cookie in tokens)


def test_each_fault_is_said_at_its_field_with_the_request_id(page: AccountPage) -> None:
    page.register("nobody", password="password")
    expect(page.tab.get_by_role("alert")).to_have_text(REQUEST_ID)
    assert "must be an e-mail address" in page.error_of("E-mail address").lower()
    assert "commonest" in page.error_of("Password")
    assert page.error_of("First name") == ""
    expect(page.tab.get_by_label("E-mail address")).to_be_focused()


def test_a_taken_address_is_said_at_the_address(page: AccountPage, rest: RestSystem) -> None:
    page.register(rest.new_user().email)
    expect(page.tab.get_by_role("alert")).to_have_text(REQUEST_ID)
    assert "already" in page.error_of("E-mail address")
    page.fill({"E-mail address": fresh_email()})
    assert page.error_of("E-mail address") == ""
    page.press("Make account")
    page.is_signed_in()


def test_what_is_missing_is_said_without_asking_the_server(page: AccountPage) -> None:
    page.tab.get_by_role("link", name="Make an account").click()
    asked: list[str] = []
    page.tab.on("request", lambda request: asked.append(request.url))
    page.fill({"First name": " ", "E-mail address": "ada@example.org"})
    page.press("Make account")
    assert page.error_of("First name") == "Enter your first name."
    assert page.error_of("Last name") == "Enter your last name."
    assert page.error_of("E-mail address") == ""
    expect(page.tab.get_by_label("First name")).to_be_focused()
    assert asked == []


def test_a_wrong_password_is_said_above_the_form(page: AccountPage, rest: RestSystem) -> None:
    page.fill({"E-mail address": rest.new_user().email, "Password": "wrong"})
    page.press("Sign in")
    alert = page.tab.get_by_role("alert")
    expect(alert).to_contain_text("The e-mail address or the password is wrong.")
    expect(alert).to_have_text(REQUEST_ID)
    expect(alert).to_be_focused()


def test_signing_in_needs_the_keyboard_only(page: AccountPage, rest: RestSystem) -> None:
    email, keyboard = rest.new_user().email, page.tab.keyboard
    page.is_signed_out()
    keyboard.press("Tab")
    expect(page.tab.get_by_role("link", name="Skip to the content")).to_be_focused()
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.type(email)
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    page.is_signed_in()
    expect(page.heading("Your account")).to_be_focused()


def test_a_password_can_be_looked_at(page: AccountPage) -> None:
    field = page.tab.get_by_label("Password", exact=True)
    for shown, name in (("Show", "Show: Password"), ("Hide", "Hide: Password")):
        expect(field).to_have_attribute("type", "password" if shown == "Show" else "text")
        reveal = page.tab.get_by_role("button", name=name, exact=True)
        expect(reveal).to_have_text(shown)
        reveal.click()
    expect(field).to_have_attribute("type", "password")


def test_a_barred_account_is_told_so(page: AccountPage, rest: RestSystem) -> None:
    user = rest.new_user()
    page.sign_in(user.email)
    set_status(rest, user.user_id, "suspended")
    page.tab.reload()
    page.heading("You cannot come in").wait_for()
    expect(page.tab.get_by_text("Your account is suspended.")).to_be_visible()
    page.press("Sign out")
    page.is_signed_out("You are signed out.")


def test_without_javascript_the_page_says_that_it_needs_it(
    rest: RestSystem, launch: Callable[..., Browser]
) -> None:
    browser = launch("--blink-settings=scriptEnabled=false")
    with faultless_window(browser) as window:
        page = AccountPage.opened(window, rest)
        # Not by a locator, which is a script too.
        spoken = window.new_cdp_session(page.tab).send("Accessibility.getFullAXTree")
    texts = " ".join(str(node.get("name", {}).get("value", "")) for node in spoken["nodes"])
    browser.close()
    assert "This page needs JavaScript." in texts


def test_without_https_the_page_says_why_nobody_can_sign_in(
    rest: RestSystem, launch: Callable[..., Browser]
) -> None:
    browser = launch("--host-resolver-rules=MAP getme.test 127.0.0.1")
    tab, faults = browser.new_page(), Faults()
    faults.watch(tab)
    tab.goto(f"http://getme.test:{rest.gateway.address.rpartition(':')[2]}/")
    expect(tab.get_by_role("alert")).to_contain_text("was not opened over HTTPS")
    browser.close()
    (told,) = faults.seen
    assert "Cross-Origin-Opener-Policy header has been ignored" in told
