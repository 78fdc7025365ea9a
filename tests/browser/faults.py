"""What a page must never do: fail in a script, break its own policy, call another origin."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

# Chromium's note of an answer of 400 or more, or of none: what the page then does, tests see.
_NETWORK_NOTE = "Failed to load resource: "
_POLICY = " violates the following "  # of Chromium's notes on a Content Security Policy


class Faults:
    """Watches all pages of a window. seen: what was wrong, in the order it was."""

    def __init__(self, window: BrowserContext) -> None:
        self.seen: list[str] = []
        window.on("page", self._watch)
        window.on("weberror", lambda error: self.seen.append(f"error: {error.error}"))
        window.on("console", self._read)

    def _watch(self, page: Page) -> None:
        page.on("request", lambda request: self._look_at(page, request))
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
