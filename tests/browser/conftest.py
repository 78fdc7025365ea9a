"""A real browser in front of a running system; every fault that a page reports fails its test.

The browser lives for one module, not for the session: while Playwright's loop runs in this
thread, no test could run one of its own.
"""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.account_page import AccountPage
from tests.browser.faults import Faults
from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import RestSystem, run_rest

OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu")
PATIENCE_MS = 10_000

expect.set_options(timeout=PATIENCE_MS)

NewWindow = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
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
    windows: list[tuple[BrowserContext, Faults]] = []

    def make(**options: object) -> BrowserContext:
        given = {"locale": "en-GB", "reduced_motion": "reduce"} | options
        window = browser.new_context(**given)  # type: ignore[arg-type]
        window.set_default_timeout(PATIENCE_MS)
        windows.append((window, Faults(window)))
        return window

    yield make
    for window, _ in windows:
        window.close()
    for _, faults in windows:
        assert faults.seen == []


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
