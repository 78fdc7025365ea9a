"""Each flow of the account page, whatever happens in the middle of it."""

from typing import NamedTuple

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.accounts import CHEAP_ACCOUNTS
from tests.browser import window_cookies
from tests.browser.account_page import AccountPage
from tests.browser.conftest import NewWindow
from tests.browser.flows import FLOWS, Flow, People, people_of, reloaded
from tests.browser.simultaneous import answered_together
from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import RestSystem, run_rest
from tests.scraping import shown
from tests.servers.programs import start_gateway, start_server
from tests.waiting import until

NO_ANSWER = "There is no answer. Check your connection, then try again."
LONG_MS = 30_000  # the page waits longer and longer between its own tries


class Tabs(NamedTuple):
    """Tabs of one window, in which a flow is prepared."""

    flow: Flow
    people: People
    pages: list[AccountPage]

    @classmethod
    def prepared(
        cls, window: BrowserContext, flow: Flow, rest: RestSystem, count: int = 1
    ) -> "Tabs":
        """For new people."""
        people = people_of(flow, rest)
        if flow.starts_signed_in:
            window_cookies.sign_in(window, rest, people.own.email)
        pages = [AccountPage.opened(window, rest) for _ in range(count)]
        for page in pages:
            if flow.starts_signed_in:
                page.is_signed_in()
            flow.prepare(page, people)
        return cls(flow, people, pages)

    def act(self) -> None:
        for page in self.pages:
            self.flow.act(page)

    def verify(self) -> None:
        for page in self.pages:
            self.flow.verify(page, self.people)


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_in_two_tabs_at_once(flow: Flow, rest: RestSystem, new_window: NewWindow) -> None:
    window = new_window()
    tabs = Tabs.prepared(window, flow, rest, count=2)
    with answered_together(window, len(tabs.pages)):
        tabs.act()
        tabs.verify()


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_with_a_token_that_has_expired(flow: Flow, rest: RestSystem, new_window: NewWindow) -> None:
    window = new_window()
    tab = Tabs.prepared(window, flow, rest)
    token = window_cookies.access_token(window) or tab.people.own.token
    window_cookies.put_expired(window, rest, token)
    tab.act()
    tab.verify()


def test_with_a_restart_of_server_and_gateway(
    new_store: NewStore, new_window: NewWindow, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("restarting")
    settings = {"GETME_STORE": new_store("sqlite")}
    with run_rest(directory, settings) as rest:
        tabs = [Tabs.prepared(new_window(), flow, rest) for flow in FLOWS.values()]
        _interrupted(tabs, rest)
        at = {"GETME_LISTEN": rest.server.address}
        with (
            start_server(directory, CHEAP_ACCOUNTS | settings | at) as server,
            start_gateway(
                directory, server.address, {"GETME_GATEWAY_LISTEN": rest.gateway.address}
            ),
        ):
            for tab in tabs:
                _done_again(tab.flow, tab.pages[0])
                tab.verify()


def _interrupted(tabs: list[Tabs], rest: RestSystem) -> None:
    """Acts while nobody is there; first where the page needs the gateway to be opened at all."""
    rest.server.stop()
    assert until(lambda: shown(rest.gateway, "getme_leases") == 0)  # else memory answers
    for tab in tabs:
        if tab.flow.act is reloaded:
            tab.act()
            tab.pages[0].heading("One moment").wait_for()
    rest.gateway.stop()
    for tab in tabs:
        if tab.flow.act is not reloaded:
            tab.act()
            expect(tab.pages[0].tab.get_by_text(NO_ANSWER)).to_be_visible()


def _done_again(flow: Flow, page: AccountPage) -> None:
    if flow.is_retried:
        page.heading("One moment").wait_for(state="detached", timeout=LONG_MS)
    else:
        (flow.again or flow.act)(page)
