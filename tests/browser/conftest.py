"""A real browser in front of a running system; every fault that a page reports fails its test.

The browser lives for one module, not for the session: while Playwright's loop runs in this
thread, no test could run one of its own.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.account_page import AccountPage
from tests.browser.chromium import OPTIONS, find_chromium
from tests.browser.faults import PATIENCE_MS, faultless_window
from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import RestSystem, run_rest

expect.set_options(timeout=PATIENCE_MS)

NewWindow = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium."""
    found = find_chromium()
    if found is None:
        assert os.environ.get("GETME_TEST_REQUIRE") != "all", "there is no chromium on the PATH"
        pytest.skip("there is no chromium on the PATH")
    return found


@pytest.fixture(scope="module")
def launch(chromium: str) -> Iterator[Callable[..., Browser]]:
    """Starts a Chromium with these options more."""
    with sync_playwright() as playwright:

        def start(*options: str) -> Browser:
            arguments = [*OPTIONS, *options]
            return playwright.chromium.launch(executable_path=chromium, args=arguments)

        yield start


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """A running Chromium."""
    running = launch()
    yield running
    running.close()


@pytest.fixture
def new_window(browser: Browser) -> Iterator[NewWindow]:
    """Makes windows that know nothing of each other; options are those of new_context."""
    with ExitStack() as windows:

        def make(**options: object) -> BrowserContext:
            return windows.enter_context(faultless_window(browser, **options))

        yield make


@pytest.fixture(scope="session")
def rest(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestSystem]:
    """A system without limits. Each test makes users of its own."""
    settings = {"GETME_STORE": new_store("sqlite")}
    with run_rest(tmp_path_factory.mktemp("pages"), settings) as system:
        yield system


@pytest.fixture(scope="session")
def camel(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestSystem]:
    """The same, with the spelling of KillrVideo's web front end."""
    settings = {"GETME_STORE": new_store("sqlite")}
    spelling = {"GETME_GATEWAY_JSON_NAMES": "camel"}
    with run_rest(tmp_path_factory.mktemp("camel"), settings, spelling) as system:
        yield system


@pytest.fixture
def page(rest: RestSystem, new_window: NewWindow) -> AccountPage:
    """The account page in a window of its own."""
    return AccountPage.opened(new_window(), rest)
