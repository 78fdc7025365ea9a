"""The cookies of a window: put there without its page, and replaced behind its back."""

import time

import jwt
from playwright.sync_api import BrowserContext

from tests.browser.account_page import ACCESS_COOKIE
from tests.integration.rest_accounts.rest_people import ME, RestSystem
from tests.servers.programs import SECRET

RENEW_AT = "getme_renew_at"
A_DAY = 86_400


def sign_in(window: BrowserContext, rest: RestSystem, email: str) -> None:
    """Its pages then show the account from the start, and renew the session in a day."""
    browser = rest.browser()
    assert browser.login(email).status_code == 200
    for (name, path), value in browser.cookies.items():
        put(window, rest, name, value, path=path)
    renew_in_a_day(window, rest)


def renew_in_a_day(window: BrowserContext, rest: RestSystem) -> None:
    """Makes its pages think that the session is fresh."""
    due = int((time.time() + A_DAY) * 1_000)
    put(window, rest, RENEW_AT, str(due), is_for_scripts=True)


def put(  # noqa: PLR0913  # a cookie has many sides
    window: BrowserContext,
    rest: RestSystem,
    name: str,
    value: str,
    *,
    path: str = "/",
    is_for_scripts: bool = False,
) -> None:
    """Sets a cookie for a day."""
    host = rest.gateway.address.partition(":")[0]
    window.add_cookies(
        [
            {
                "name": name,
                "value": value,
                "domain": host,
                "path": path,
                "expires": time.time() + A_DAY,
                "secure": True,
                "httpOnly": not is_for_scripts,
                "sameSite": "Strict",
            }
        ]
    )


def access_token(window: BrowserContext) -> str:
    """The browser's; empty where it has none."""
    held = [each["value"] for each in window.cookies() if each["name"] == ACCESS_COOKIE]
    return held[0] if held else ""


def put_expired(window: BrowserContext, rest: RestSystem, token: str) -> None:
    """Makes a token that has expired the access cookie: that token, as it will be in a day.

    Browsers drop a cookie in time, but clocks differ, and the server's counts.
    """
    claims = jwt.decode(token, SECRET, ["HS256"])
    old = {name: claims[name] - A_DAY for name in ("iat", "exp")}
    header = jwt.get_unverified_header(token)
    expired = jwt.encode(claims | old, SECRET, "HS256", headers=header)
    answer = rest.http.get(ME, headers={"authorization": f"Bearer {expired}"})
    assert answer.json()["reason"] == "TOKEN_EXPIRED"
    put(window, rest, ACCESS_COOKIE, expired)
