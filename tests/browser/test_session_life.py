"""The session in the page: renewed in time, by one tab for all, through an outage, to its end."""

import itertools
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Request, Response, Route, expect

from tests.browser import window_cookies
from tests.browser.account_page import ACCESS_COOKIE, AccountPage
from tests.browser.conftest import NewWindow
from tests.browser.simultaneous import answered_together
from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import ME, RestSystem, SignedIn, run_rest
from tests.scraping import shown
from tests.servers.programs import start_server
from tests.waiting import until

LIFE_SECONDS = 4.0
RENEWALS = 3


@pytest.fixture(scope="module")
def brief(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestSystem]:
    """A system whose access tokens live for a few seconds."""
    settings = {
        "GETME_STORE": new_store("sqlite"),
        "GETME_ACCESS_TTL": f"{LIFE_SECONDS:.0f}s",
    }
    with run_rest(tmp_path_factory.mktemp("brief"), settings) as system:
        yield system


@pytest.fixture
def ada(rest: RestSystem) -> SignedIn:
    return rest.new_user()


@pytest.fixture
def her_page(page: AccountPage, ada: SignedIn) -> AccountPage:
    """Her account."""
    page.sign_in(ada.email)
    return page


class Traffic:
    """What a window asks for. renewals: when the session was renewed. refused: addresses."""

    def __init__(self, window: BrowserContext) -> None:
        self.window = window
        self.renewals: list[float] = []
        self.refused: list[str] = []
        window.on("request", self._look_at)
        window.on("response", self._look_into)

    def wait_for_renewal(self) -> None:
        """The next one, to its end."""
        with self.window.expect_event("requestfinished", _is_renewal):
            pass

    def _look_at(self, request: Request) -> None:
        if _is_renewal(request):
            self.renewals.append(time.monotonic())

    def _look_into(self, response: Response) -> None:
        if not response.ok:
            self.refused.append(response.url)


def _is_renewal(request: Request) -> bool:
    return request.url.endswith("/refresh")


def test_two_tabs_renew_before_the_end_and_only_one_of_them_each_time(
    brief: RestSystem, new_window: NewWindow
) -> None:
    page = AccountPage.opened(new_window(), brief)
    page.sign_in(brief.new_user().email)
    traffic = Traffic(page.tab.context)
    other = page.another_tab()
    other.is_signed_in()
    while len(traffic.renewals) < RENEWALS:
        traffic.wait_for_renewal()
    pauses = [later - earlier for earlier, later in itertools.pairwise(traffic.renewals)]
    assert min(pauses) > LIFE_SECONDS / 2
    assert traffic.refused == []


def test_a_token_that_expires_in_the_middle_costs_nothing(her_page: AccountPage) -> None:
    her_page.fill({"First name": "Augusta"})
    her_page.let_access_token_expire()
    her_page.press("Save changes")
    expect(her_page.tab.get_by_text("Augusta Example")).to_be_visible()


def test_a_token_that_the_server_finds_expired_is_renewed(
    brief: RestSystem, new_window: NewWindow
) -> None:
    window = new_window()
    page = AccountPage.opened(window, brief)
    page.sign_in(brief.new_user().email)
    # As where the browser's clock is slow: it keeps the cookie, and the page sees no need to renew.
    window_cookies.renew_in_a_day(window, brief)
    token = window_cookies.access_token(window)
    window_cookies.put(window, brief, ACCESS_COOKIE, token)
    bearer = {"authorization": f"Bearer {token}"}
    assert until(lambda: brief.http.get(ME, headers=bearer).status_code == 401)
    page.fill({"First name": "Augusta"})
    with page.tab.expect_response(lambda answer: answer.status == 401) as refused:
        page.press("Save changes")
    assert refused.value.json()["reason"] == "TOKEN_EXPIRED"
    expect(page.tab.get_by_text("Augusta Example")).to_be_visible()


def test_both_tabs_go_on_when_the_token_expires_for_both(her_page: AccountPage) -> None:
    other = her_page.another_tab()
    other.is_signed_in()
    for turn in range(2):
        her_page.let_access_token_expire()
        for tab in (her_page, other):  # both ask before either is answered
            tab.fill({"Current password": "wrong", "New password": f"words of turn {turn}"})
            tab.tab.evaluate("document.getElementById('password').requestSubmit()")
        for tab in (her_page, other):
            expect(tab.tab.get_by_text("This is not your password.")).to_be_visible()
    her_page.is_signed_in()
    other.is_signed_in()


def test_a_session_that_was_ended_elsewhere_asks_to_sign_in_again(
    her_page: AccountPage, ada: SignedIn
) -> None:
    her_page.rest.http.delete("/api/v1/users/me/sessions", headers=ada.headers)
    her_page.fill({"First name": "Augusta"})
    her_page.press("Save changes")
    her_page.is_signed_out("Your session has ended. Please sign in again.")
    expect(her_page.heading("Sign in")).to_be_focused()
    her_page.sign_in(ada.email)


def test_both_tabs_find_out_at_once_that_the_session_was_ended_elsewhere(
    her_page: AccountPage, ada: SignedIn
) -> None:
    other = her_page.another_tab()
    other.is_signed_in()
    her_page.rest.http.delete("/api/v1/users/me/sessions", headers=ada.headers)
    with answered_together(her_page.tab.context, 2):
        for tab in (her_page, other):
            tab.fill({"First name": "Augusta"})
            tab.press("Save changes")
        for tab in (her_page, other):
            tab.is_signed_out("Your session has ended. Please sign in again.")


def test_signing_out_and_in_again_is_seen_in_the_other_tab(
    her_page: AccountPage, ada: SignedIn
) -> None:
    other = her_page.another_tab()
    other.is_signed_in()
    her_page.press("Sign out")
    other.is_signed_out("You are signed out.")
    her_page.sign_in(ada.email)
    other.is_signed_in()


def test_a_sign_out_that_fails_is_tried_again_until_it_is_done(her_page: AccountPage) -> None:
    her_page.tab.route("**/api/v1/users/logout", lambda route: route.abort())
    her_page.press("Sign out")
    her_page.heading("One moment").wait_for()
    expect(her_page.tab.get_by_role("main")).to_contain_text("You are not signed out yet.")
    her_page.tab.unroute_all()
    her_page.is_signed_out("You are signed out.")  # by itself
    assert her_page.tab.context.cookies() == []


def test_an_account_that_comes_after_the_sign_out_is_not_shown(
    her_page: AccountPage, ada: SignedIn
) -> None:
    late = her_page.another_tab()
    late.is_signed_in()
    account = her_page.rest.me(ada).json()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    late.tab.route("**/api/v1/users/me", hold)
    late.tab.reload()
    late.heading("Loading your account…").wait_for()
    her_page.press("Sign out")
    late.is_signed_out("You are signed out.")
    asked: list[str] = []
    late.tab.on("request", lambda request: asked.append(request.url))
    (route,) = held
    with late.tab.expect_event("requestfinished"):
        route.fulfill(json=account)
    late.tab.evaluate("() => new Promise(requestAnimationFrame)")
    late.is_signed_out("You are signed out.")
    assert asked == []  # as an account would, for its sessions


def test_a_refusal_that_is_not_of_getme_signs_nobody_out(her_page: AccountPage) -> None:
    her_page.tab.route("**/api/v1/users/me", lambda route: route.fulfill(status=404))
    her_page.tab.reload()
    her_page.heading("One moment").wait_for()
    her_page.tab.unroute_all()
    her_page.is_signed_in()


def test_another_person_in_the_other_tab_is_shown_in_both(
    her_page: AccountPage, rest: RestSystem
) -> None:
    other = her_page.another_tab()
    other.is_signed_in()
    her_page.press("Sign out")
    her_page.is_signed_out()
    grace = rest.new_user()
    rest.update(grace, {"firstname": "Grace"})
    her_page.sign_in(grace.email)
    expect(other.tab.get_by_text("Grace Example")).to_be_visible()


def test_a_server_that_restarts_in_the_middle_loses_nothing(
    new_store: NewStore, new_window: NewWindow, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("restarting")
    settings = {"GETME_STORE": new_store("sqlite")}
    with run_rest(directory, settings) as system:
        page = AccountPage.opened(new_window(), system)
        page.sign_in(system.new_user().email)
        page.fill({"First name": "Augusta"})
        system.server.stop()
        page.press("Save changes")
        profile = page.section("Profile")
        expect(profile.get_by_role("alert")).to_contain_text("did not work right now")
        expect(profile.get_by_role("alert")).to_contain_text("Request ID")
        assert until(lambda: shown(system.gateway, "getme_leases") == 0)  # else memory answers
        later = page.another_tab()
        later.heading("One moment").wait_for()
        with start_server(directory, settings | {"GETME_LISTEN": system.server.address}):
            later.is_signed_in()  # by itself
            expect(page.tab.get_by_label("First name")).to_have_value("Augusta")
            page.press("Save changes")
            expect(page.tab.get_by_text("Augusta Example")).to_be_visible()
