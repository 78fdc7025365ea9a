"""The API reference at /docs in a real browser that can reach nothing but the gateway."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.account_page import AccountPage
from tests.browser.conftest import NewWindow
from tests.integration.rest_accounts.rest_people import RestSystem

# The page is a program of 1.7 MB, and other tests run beside this one.
PATIENCE_MS = 30_000

OpenDocs = Callable[..., Page]


@pytest.fixture
def open_docs(rest: RestSystem, new_window: NewWindow) -> OpenDocs:
    """Opens /docs; options are those of new_window. Any other origin is out of reach."""
    origin = str(rest.http.base_url).rstrip("/")

    def only_ours(route: Route) -> None:
        if route.request.url.startswith(f"{origin}/"):
            route.continue_()
        else:
            route.abort()  # and `new_window` counts it as a fault

    def open_page(**options: object) -> Page:
        window = new_window(**options)
        window.set_default_timeout(PATIENCE_MS)
        window.route(lambda url: not url.startswith("data:"), only_ours)
        page = window.new_page()
        page.goto(f"{origin}/docs")
        expect(page.locator(".opblock").first).to_be_visible(timeout=PATIENCE_MS)
        return page

    return open_page


def operation(page: Page, name: str) -> Locator:
    """The part of the page about one operation, opened."""
    part = page.locator(f"#operations-{name}")
    part.locator(".opblock-summary-control").click()
    return part


def authorize(page: Page, token: str) -> None:
    """Pastes a token, for all requests from now on."""
    page.get_by_role("button", name="Authorize").first.click()
    form = page.locator(".auth-container").first
    form.get_by_label("Value").fill(token)
    form.get_by_role("button", name="Apply credentials").click()
    page.locator(".auth-wrapper").get_by_role("button", name="Close").first.click()


def execute(part: Locator) -> Locator:
    """Sends the request of an operation; the answer that is shown."""
    part.get_by_role("button", name="Execute").click()
    answer = part.locator(".live-responses-table")
    expect(answer).to_be_visible(timeout=PATIENCE_MS)
    return answer


def test_the_page_shows_each_group_of_operations_and_their_refusals(open_docs: OpenDocs) -> None:
    page = open_docs()
    expect(page.get_by_role("heading", name="getme")).to_be_visible()
    for name in ("User-getMe", "Auth-login", "Admin-findUser", "Gateway-openapi"):
        expect(page.locator(f"#operations-{name}")).to_be_visible()
    part = operation(page, "Auth-login")
    expect(part.get_by_text("BAD_CREDENTIALS").first).to_be_visible()


def test_a_pasted_token_shows_whose_it_is(open_docs: OpenDocs, rest: RestSystem) -> None:
    user = rest.new_user()
    page = open_docs(color_scheme="dark")
    authorize(page, user.token)
    answer = execute(operation(page, "User-getMe"))
    expect(answer).to_contain_text(user.email)
    expect(answer).to_contain_text(user.user_id)


def test_a_pasted_token_counts_whoever_is_signed_in(open_docs: OpenDocs, rest: RestSystem) -> None:
    page, pasted = open_docs(), rest.new_user()
    account = AccountPage.opened(page.context, rest)
    account.sign_in(rest.new_user().email)
    authorize(page, pasted.token)
    expect(execute(operation(page, "User-getMe"))).to_contain_text(pasted.email)
    refresh = operation(page, "Auth-refresh")
    refresh.locator("textarea").fill(f'{{"refresh_token": "{pasted.refresh_token}"}}')
    expect(execute(refresh)).to_contain_text('"expires_in"')
    account.tab.reload()
    account.is_signed_in()


def test_what_needs_no_token_is_asked_without_one(open_docs: OpenDocs, rest: RestSystem) -> None:
    user = rest.new_user()
    part = operation(open_docs(), "User-getUser")
    part.get_by_placeholder("user_id").fill(user.user_id)
    answer = execute(part)
    expect(answer).to_contain_text(user.user_id)
    expect(answer).not_to_contain_text(user.email)
