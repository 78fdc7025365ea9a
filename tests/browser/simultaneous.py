"""Tabs of one window that want the same at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, Route


@contextmanager
def answered_together(window: BrowserContext, count: int) -> Iterator[None]:
    """Lets no change through before so many are asked for; whatever follows is let through."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "GET" or len(held) == count:
            route.continue_()
            return
        held.append(route)
        if len(held) == count:
            for each in held:
                each.continue_()

    window.route("**/api/**", hold)
    yield
    window.unroute_all()
