"""Takes the pictures of the account page for the README: `python -m scripts.take_pictures`.

Starts a server and a gateway on SQLite with a made-up person and looks at the page with the
system's Chromium. The same page gives the same picture but for its dates, so take them again
only when the page has changed. A folder as its argument gets them instead of the docs.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.accounts import CHEAP_ACCOUNTS
from tests.browser.chromium import OPTIONS, find_chromium
from tests.servers.programs import run_command, start_gateway, start_server

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
EMAIL = "ada@example.org"
PASSWORD = "a quiet walk by the river"
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


SHOTS = (
    Shot("account-desktop", (1280, 860)),
    Shot("account-dark", (1280, 860), dark=True),
    Shot("account-phone", (390, 844), scale=2),
    Shot("sign-in-desktop", (1280, 800), signed_in=False),
    Shot("sign-in-phone", (390, 844), scale=2, signed_in=False),
)


def main() -> None:
    """Writes all pictures."""
    parser = argparse.ArgumentParser(description="Takes the pictures of the account page.")
    parser.add_argument("folder", nargs="?", type=Path, default=PICTURES)
    folder: Path = parser.parse_args().folder
    chromium = find_chromium()
    if chromium is None:
        sys.exit("there is no chromium on the PATH")
    folder.mkdir(parents=True, exist_ok=True)
    with running_page() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(OPTIONS))
        for shot in SHOTS:
            take(browser, address, shot, folder / f"{shot.name}.png")
        browser.close()


@contextlib.contextmanager
def running_page() -> Iterator[str]:
    """Address of a gateway in front of a server with a made-up person."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        settings = CHEAP_ACCOUNTS | {"GETME_STORE": f"sqlite:///{directory / 'getme.db'}"}
        run_command(["getme-server", "migrate"], directory, settings).check_returncode()
        with (
            start_server(directory, settings) as server,
            start_gateway(directory, server.address) as gateway,
            httpx.Client(base_url=f"http://{gateway.address}", trust_env=False) as http,
        ):
            make_ada(http)
            yield f"http://{gateway.address}"


def make_ada(http: httpx.Client) -> None:
    """A person with many devices."""
    credentials = {"email": EMAIL, "password": PASSWORD}
    names = {"firstname": "Ada", "lastname": "Lovelace"}
    http.post("/api/v1/users/register", json=names | credentials).raise_for_status()
    for device in DEVICES:
        headers = {"user-agent": device}
        http.post("/api/v1/users/login", json=credentials, headers=headers).raise_for_status()


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
        sign_in(page)
    page.evaluate("document.activeElement.blur(); document.fonts.ready")
    page.screenshot(path=file, animations="disabled")
    context.close()


def sign_in(page: Page) -> None:
    """Goes from the sign-in to the account."""
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("This device").wait_for()


if __name__ == "__main__":
    main()
