"""Ways to a gateway: to it alone, and through real proxies."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.attacks.conftest import Target, Targets
from tests.servers.envoy import envoy
from tests.servers.nginx import nginx


class Front(NamedTuple):
    """Where requests are sent."""

    address: tuple[str, int]
    target: Target
    is_proxy: bool


@contextmanager
def _alone(_directory: Path, gateway: str) -> Iterator[str]:
    yield gateway


_FRONTS: dict[str, Callable[[Path, str], AbstractContextManager[str]]] = {
    "alone": _alone,
    "Envoy": envoy,
    "nginx": nginx,
}


@pytest.fixture(scope="module", params=_FRONTS)
def front(
    request: pytest.FixtureRequest, targets: Targets, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """A way to the gateway."""
    target = targets("HS256")
    start = _FRONTS[request.param]
    with start(tmp_path_factory.mktemp("front"), target.gateway.address) as address:
        host, _, port = address.partition(":")
        yield Front((host, int(port)), target, is_proxy=start is not _alone)
