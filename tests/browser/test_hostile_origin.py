"""What a page of another origin can do to a person who is signed in: nothing."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.accounts import PASSWORD
from tests.browser import hostile_page, window_cookies
from tests.browser.account_page import ACCESS_COOKIE
from tests.browser.faults import Faults
from tests.browser.hostile_page import CROSS_SITE, SAME_SITE, hostile_server
from tests.conftest import NewStore
from tests.integration.rest_accounts.rest_people import (
    LOGIN,
    LOGOUT,
    ME,
    NAMES,
    REFRESH,
    SESSIONS,
    RestSystem,
    fresh_email,
    run_rest,
)

JSON = {"content-type": "application/json"}
CHANGE = '{"firstname": "Eve"}'
REFRESH_COOKIE = "__Secure-getme_refresh"
TEXT = {"content-type": "text/plain"}
REFUSED_FRAME = re.compile("^chrome-error:")  # Chromium's page instead of one that may not be there


class Attack(NamedTuple):
    """A person's own page of the gateway, and a page of somebody else in the same browser."""

    own: Page
    faults: Faults  # of the person's own page
    hostile: Page
    gateway: str

    def fetch(self, method: str, path: str, **options: Any) -> object:
        """What the hostile page sees of a request with the person's cookies."""
        given = {"method": method, "credentials": "include"} | options
        return self.hostile.evaluate(hostile_page.FETCH, [f"{self.gateway}{path}", given])

    def state(self) -> dict[str, Any]:
        """The person's account as their own page sees it, with all sessions, and the cookies."""
        seen = self.own.evaluate(
            """async ([me, sessions]) => ({
                me: await (await fetch(me, {cache: "no-store"})).json(),
                sessions: (await (await fetch(sessions)).json()).sessions
                    .map(each => each.session_id),
            })""",
            [ME, SESSIONS],
        )
        # No script can make one that scripts cannot read, so these are the gateway's.
        kept = [each for each in self.own.context.cookies() if each["httpOnly"]]
        return dict(seen) | {"cookies": sorted(kept, key=str)}


@pytest.fixture(scope="module")
def hostile_port() -> Iterator[int]:
    """Where the hostile page is."""
    with hostile_server() as port:
        yield port


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A window whose pages may do wrong: that is what they are for."""
    window = browser.new_context()
    yield window
    window.close()


def signed_in(window: BrowserContext, rest: RestSystem, hostile: str) -> Attack:
    """A person who signs in with cookies, and then opens a page of somebody else."""
    gateway = f"http://{rest.gateway.address}"
    email = fresh_email()
    assert rest.register(email).status_code == 201
    own, faults = window.new_page(), Faults()
    faults.watch(own)
    own.goto(f"{gateway}/")
    body = f'{{"email": "{email}", "password": "{PASSWORD}"}}'
    login = {"method": "POST", "headers": JSON, "body": body}
    assert own.evaluate(hostile_page.FETCH, [f"{LOGIN}?cookie=true", login]) == 200
    window_cookies.renew_in_a_day(window, rest)  # so that no page of ours changes the cookies
    page = window.new_page()
    page.goto(hostile)
    return Attack(own, faults, page, gateway)


@pytest.fixture(params=[SAME_SITE, CROSS_SITE], ids=["same site", "cross site"])
def attack(
    request: pytest.FixtureRequest, window: BrowserContext, rest: RestSystem, hostile_port: int
) -> Iterator[Attack]:
    """A person under attack, whose account is as it was when the attack is over."""
    attack = signed_in(window, rest, f"http://{request.param}:{hostile_port}/")
    before = attack.state()
    assert before["me"]["firstname"] == NAMES["firstname"]
    assert len(before["cookies"]) == 3
    yield attack
    assert attack.state() == before
    assert attack.faults.seen == []


WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", ME, {"headers": JSON, "body": CHANGE}),
    ("DELETE", ME, {"headers": JSON, "body": f'{{"password": "{PASSWORD}"}}'}),
    ("DELETE", SESSIONS, {}),
    ("POST", LOGOUT, {}),
    ("POST", LOGOUT, {"mode": "no-cors"}),
    ("POST", LOGOUT, {"mode": "no-cors", "keepalive": True}),
    ("POST", REFRESH, {"mode": "no-cors"}),
    ("POST", f"{REFRESH}?cookie=true", {"mode": "no-cors", "headers": TEXT, "body": "{}"}),
    ("POST", f"{LOGIN}?cookie=true", {"mode": "no-cors", "headers": TEXT, "body": "{}"}),
    ("POST", f"{ME}?_method=PUT", {"mode": "no-cors", "headers": TEXT, "body": CHANGE}),
]


@pytest.mark.parametrize("mode", ["cors", "no-cors"])
def test_it_cannot_read(attack: Attack, mode: str) -> None:
    paths = (ME, SESSIONS, "/healthz", "/")
    seen = {path: attack.fetch("GET", path, mode=mode) for path in paths}
    # With no-cors it is Cross-Origin-Resource-Policy that keeps even an opaque answer away.
    assert seen == dict.fromkeys(paths, "TypeError")


def test_it_cannot_write_by_fetch(attack: Attack) -> None:
    for method, path, options in WRITES:
        assert attack.fetch(method, path, **options) in {"TypeError", "opaque"}


def test_it_cannot_write_by_a_form(attack: Attack) -> None:
    almost_json = '{"old_password": "x", "new_password": "'
    for path in (LOGOUT, REFRESH, f"{LOGIN}?cookie=true", ME, f"{ME}/password"):
        for kind in ("text/plain", "multipart/form-data", ""):
            target = [f"{attack.gateway}{path}", kind, almost_json]
            assert attack.hostile.evaluate(hostile_page.SUBMIT, target)


@pytest.mark.parametrize("kind", ["img", "script", "audio"])
def test_it_cannot_load_an_answer_into_a_page(attack: Attack, kind: str) -> None:
    for path in (ME, f"{LOGOUT}?cookie=true", "/openapi.json"):
        loaded = attack.hostile.evaluate(hostile_page.LOAD, [kind, f"{attack.gateway}{path}"])
        assert loaded == "error", path


def test_it_cannot_frame_a_page_of_ours(attack: Attack) -> None:
    for path in ("/", "/docs", ME):
        attack.hostile.evaluate(hostile_page.FRAME, f"{attack.gateway}{path}")
    frames = attack.hostile.main_frame.child_frames
    assert len(frames) == 3
    for frame in frames:
        frame.wait_for_url(REFUSED_FRAME, wait_until="commit")


def test_it_cannot_write_our_cookies(attack: Attack, rest: RestSystem) -> None:
    eve = rest.new_user()
    host = urlsplit(attack.hostile.url).hostname
    for name, value in (
        ("written", "yes"),
        (ACCESS_COOKIE, eve.token),
        (REFRESH_COOKIE, eve.refresh_token),
    ):
        for path in ("/", ME, REFRESH, LOGOUT):
            for domain in ("", f"; Domain={host}"):
                text = f"{name}={value}; Path={path}{domain}; Secure; SameSite=Strict"
                attack.hostile.evaluate(hostile_page.WRITE_COOKIE, text)
    assert "written=yes" in attack.hostile.evaluate("document.cookie")


def test_a_beacon_changes_nothing(attack: Attack) -> None:
    for path in (LOGOUT, REFRESH, ME):
        assert attack.hostile.evaluate(hostile_page.BEACON, [f"{attack.gateway}{path}", "{}"])


def test_it_cannot_reach_a_window_of_ours(attack: Attack) -> None:
    with attack.hostile.context.expect_page() as opened:
        assert attack.hostile.evaluate(hostile_page.OPEN, f"{attack.gateway}/")
    opened.value.wait_for_load_state()
    assert not attack.hostile.evaluate(hostile_page.REACHES)


def test_a_page_of_the_list_may_read_and_write(
    window: BrowserContext,
    new_store: NewStore,
    tmp_path_factory: pytest.TempPathFactory,
    hostile_port: int,
) -> None:
    listed = f"http://{SAME_SITE}:{hostile_port}"
    settings = {"GETME_GATEWAY_CORS_ORIGINS": listed}
    store = {"GETME_STORE": new_store("sqlite")}
    with run_rest(tmp_path_factory.mktemp("cors"), store, settings) as rest:
        attack = signed_in(window, rest, listed)
        assert attack.fetch("GET", ME) == 200
        assert attack.fetch("PUT", ME, headers=JSON, body=CHANGE) == 200
        assert attack.state()["me"]["firstname"] == "Eve"
        attack.hostile.goto(f"http://{CROSS_SITE}:{hostile_port}/")
        assert attack.fetch("GET", ME) == "TypeError"
