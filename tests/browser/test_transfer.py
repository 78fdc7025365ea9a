"""What the page costs to load, and what it asks for."""

from playwright.sync_api import BrowserContext, Response

from tests.browser.account_page import AccountPage
from tests.browser.conftest import NewWindow
from tests.integration.rest_accounts.rest_people import RestSystem

BUDGET_BYTES = 100_000


def answers_to(window: BrowserContext) -> list[Response]:
    """All that its pages get from now on."""
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    window.on("response", note)
    return answers


def transferred(answer: Response) -> int:
    """Bytes of one answer on the wire."""
    sizes = answer.request.sizes()
    return sizes["responseHeadersSize"] + sizes["responseBodySize"]


def test_all_of_it_is_within_the_budget(rest: RestSystem, new_window: NewWindow) -> None:
    window = new_window()
    answers = answers_to(window)
    page = AccountPage.opened(window, rest)
    page.sign_in(rest.new_user().email)
    page.tab.wait_for_load_state("networkidle")
    assert sum(map(transferred, answers)) < BUDGET_BYTES
    names = {answer.url.rsplit("/", 1)[-1] for answer in answers}
    assert {"main.js", "theme.css", "instrument_serif.woff2", "mark.svg", "me"} <= names


def test_what_is_kept_is_not_asked_for_again(rest: RestSystem, new_window: NewWindow) -> None:
    page = AccountPage.opened(new_window(), rest)
    page.is_signed_out()
    page.tab.wait_for_load_state("networkidle")
    again = answers_to(page.tab.context)
    page.another_tab().is_signed_out()
    files = [answer for answer in again if "/account/" in answer.url]
    assert sum(map(transferred, files)) == 0
