"""Whether a gateway answers from memory, as its metrics tell."""

from collections.abc import Mapping

import httpx

from tests.integration.rest_accounts.rest_people import ME
from tests.scraping import shown
from tests.servers.programs import Program
from tests.waiting import until


def hits(gateway: Program) -> float:
    """How many answers were from memory."""
    return shown(gateway, "getme_memory_lookups_total", result="hit") or 0.0


def remember(http: httpx.Client, gateway: Program, headers: Mapping[str, str]) -> None:
    """Asks for somebody's own user until an answer comes from memory."""

    def is_hit() -> bool:
        before = hits(gateway)
        assert http.get(ME, headers=headers).status_code == 200
        return hits(gateway) > before

    assert until(is_hit)
