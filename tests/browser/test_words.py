"""What the page makes of texts that others wrote: names, and what programs call themselves."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accounts import PASSWORD
from tests.browser.account_page import AccountPage
from tests.browser.faults import faultless_window
from tests.integration.rest_accounts.rest_people import RestSystem, fresh_email

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)"
_ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9)"
DEVICES = [
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
    (f"{_WINDOWS} {_WEBKIT} Chrome/140.0.0.0 Safari/537.36", "Chrome on Windows"),
    (f"{_WINDOWS} {_WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
    (f"{_MAC} {_WEBKIT} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0", "Opera on macOS"),
    (f"{_MAC} {_SAFARI} Version/18.5 Safari/605.1.15", "Safari on macOS"),
    (f"{_IPHONE} {_SAFARI} Version/18.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
    (f"{_IPHONE} {_SAFARI} CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
    (f"{_ANDROID} {_WEBKIT} Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
    (f"{_ANDROID} {_WEBKIT} SamsungBrowser/28.0 Chrome/130.0", "Samsung Internet on Android"),
    ("curl/8.14.1", "curl"),
    ("python-httpx/0.28.1", "python-httpx"),
    ("Mozilla/5.0", "Unknown program"),
    ("<b>bold</b>/1", "Unknown program"),
    ("", "Unknown program"),
]
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def tab(browser: Browser, rest: RestSystem) -> Iterator[Page]:
    """The page, whose modules are asked."""
    with faultless_window(browser) as window:
        yield AccountPage.opened(window, rest).tab


@pytest.mark.parametrize(("user_agent", "name"), DEVICES, ids=[name for _, name in DEVICES])
def test_a_device_is_called_by_what_people_know(tab: Page, user_agent: str, name: str) -> None:
    script = "async (text) => (await import('/account/any/devices.js')).deviceOf(text).name"
    assert tab.evaluate(script, user_agent) == name


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "just now"),
        (59, "just now"),
        (-30, "just now"),
        (61, "1 minute ago"),
        (3_599, "59 minutes ago"),
        (7_200, "2 hours ago"),
        (86_400, "yesterday"),
        (3 * 86_400, "3 days ago"),
    ],
)
def test_a_moment_is_told_by_how_long_ago_it_was(tab: Page, seconds: int, said: str) -> None:
    script = """async (seconds) =>
        (await import('/account/any/moments.js')).ago(new Date(Date.now() - seconds * 1000))"""
    assert tab.evaluate(script, seconds) == said


def test_markup_in_a_name_or_a_program_is_only_text(page: AccountPage) -> None:
    email = fresh_email()
    assert page.rest.register(email, firstname=MARKUP).status_code == 201
    page.rest.login(email, headers={"user-agent": MARKUP})
    page.sign_in(email, PASSWORD)
    expect(page.tab.get_by_text(f"{MARKUP} Example")).to_be_visible()
    expect(page.section("Devices").get_by_text(MARKUP)).to_be_visible()
    expect(page.tab.locator("img")).to_have_count(0)
