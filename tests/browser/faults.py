"""What a page must never do: fail in a script, break its own policy, call another origin.

Nor may a file of the page itself be missing; what the API refuses is for the page to tell.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

PATIENCE_MS = 10_000
# Chromium's note of an answer of 400 or more, or of none; the answers themselves are looked at.
_NETWORK_NOTE = "Failed to load resource: "
_POLICY = " violates the following "  # of Chromium's notes on a Content Security Policy
_API = "/api/"
_REFUSED = 400


class Faults:
    """Watches pages. seen: what was wrong, in the order it was."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def watch(self, page: Page) -> None:
        """From now on."""
        page.on("console", self._read)
        page.on("pageerror", lambda error: self.seen.append(f"error: {error}"))
        page.on("request", lambda request: self._look_at(page, request))
        page.on("response", self._look_into)
        page.on("crash", lambda _: self.seen.append("the page crashed"))

    def _read(self, message: ConsoleMessage) -> None:
        told = message.text
        is_fault = message.type in {"error", "warning", "assert"}
        if _POLICY in told or (is_fault and not told.startswith(_NETWORK_NOTE)):
            self.seen.append(f"console: {told}")

    def _look_at(self, page: Page, request: Request) -> None:
        own, asked = urlsplit(page.url), urlsplit(request.url)
        if own.netloc and asked.netloc != own.netloc:
            self.seen.append(f"request to {asked.scheme}://{asked.netloc}")

    def _look_into(self, response: Response) -> None:
        path = urlsplit(response.url).path
        if response.status >= _REFUSED and not path.startswith(_API):
            self.seen.append(f"{response.status} for {path}")


@contextmanager
def faultless_window(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A window whose pages must have no faults; options are those of new_context."""
    window = browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce"} | options)
    window.set_default_timeout(PATIENCE_MS)
    faults = Faults()
    window.on("page", faults.watch)
    yield window
    window.close()
    assert faults.seen == []
