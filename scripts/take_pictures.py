"""Takes the pictures of the account page for the README: `python -m scripts.take_pictures`.

Starts a server and a gateway on SQLite with made-up people and looks at the page with the
system's Chromium. The same page gives the same picture but for its dates, so take them again
only when the page has changed.
"""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.accounts import CHEAP_ACCOUNTS
from tests.servers.programs import run_command, start_gateway, start_server
from tests.tokens import token_for

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PASSWORD = "a quiet walk by the river"
CHROMIUM_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu")
# Where the person of the pictures has signed in besides.
_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
DEVICES = (
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {_WEBKIT} Mobile/15E148 Safari/604.1",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Safari/605.1.15",
    "python-httpx/0.28.1",
)


class Shot(NamedTuple):
    """A picture to take. size: of the window, CSS pixels. scale: of its pixels."""

    name: str
    size: tuple[int, int]
    dark: bool = False
    scale: float = 1
    signed_in: bool = True
    moderator: bool = False
    whole: bool = False  # the whole page instead of what the window shows


SHOTS = (
    Shot("account-desktop", (1280, 860)),
    Shot("account-dark", (1280, 860), dark=True),
    Shot("account-phone", (390, 844), scale=2),
    Shot("sign-in-desktop", (1280, 800), signed_in=False),
    Shot("sign-in-phone", (390, 844), scale=2, signed_in=False),
)


def main() -> None:
    """Writes all pictures."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("there is no chromium on the PATH")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_page() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_OPTIONS))
        for shot in SHOTS:
            take(browser, address, shot, PICTURES / f"{shot.name}.png")
        browser.close()


@contextlib.contextmanager
def running_page() -> Iterator[str]:
    """Address of a gateway in front of a server with made-up people."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        settings = CHEAP_ACCOUNTS | {"GETME_STORE": f"sqlite:///{directory / 'getme.db'}"}
        run_command(["getme-server", "migrate"], directory, settings).check_returncode()
        with (
            start_server(directory, settings) as server,
            start_gateway(directory, server.address) as gateway,
            httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
        ):
            make_people(http)
            yield f"http://{gateway.address}"


def make_people(http: httpx.Client) -> None:
    """Ada, who has many devices, Mona, who is a moderator, and Sven."""
    ids = {
        name: register(http, name, family)
        for name, family in (("Ada", "Lovelace"), ("Mona", "Hale"), ("Sven", "Lindqvist"))
    }
    token = token_for(UUID(ids["Mona"]), "moderator")
    http.put(
        f"/api/v1/admin/users/{ids['Mona']}/account_status",
        json={"account_status": "moderator"},
        headers={"authorization": f"Bearer {token}"},
    ).raise_for_status()
    for device in DEVICES:
        body = {"email": "ada@example.org", "password": PASSWORD}
        headers = {"user-agent": device}
        http.post("/api/v1/users/login", json=body, headers=headers).raise_for_status()


def register(http: httpx.Client, firstname: str, lastname: str) -> str:
    """The new user's ID."""
    body = {
        "firstname": firstname,
        "lastname": lastname,
        "email": f"{firstname.lower()}@example.org",
        "password": PASSWORD,
    }
    answer = http.post("/api/v1/users/register", json=body).raise_for_status()
    return str(answer.json()["userId"])


def take(browser: Browser, address: str, shot: Shot, file: Path) -> None:
    """Takes one picture, in a window that knows nothing of the others."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=shot.scale,
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
        locale="en-GB",
    )
    page = context.new_page()
    page.goto(address)
    page.get_by_role("heading", name="Sign in").wait_for()
    if shot.signed_in:
        sign_in(page, "mona" if shot.moderator else "ada")
    page.evaluate("document.activeElement.blur(); document.fonts.ready")
    page.screenshot(path=file, full_page=shot.whole, animations="disabled")
    context.close()


def sign_in(page: Page, name: str) -> None:
    """Goes from the sign-in to the account."""
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("This device").wait_for()


if __name__ == "__main__":
    main()
