"""An installation on the cluster of this folder's parent, and who visits it."""

from collections.abc import Iterator

import pytest

from tests.faults.freshness.lengths import is_long
from tests.faults.three_nodes.whole_installation.lengths import LONG, SHORT, Lengths
from tests.faults.three_nodes.whole_installation.servers import Installation, install
from tests.servers.redis import RedisServer

figures: list[str] = []


@pytest.fixture(scope="module")
def lengths() -> Lengths:
    return LONG if is_long() else SHORT


@pytest.fixture
def installation(
    cluster_store: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    with RedisServer() as redis:
        installed = install(tmp_path_factory.mktemp("soak"), cluster_store, redis.url)
        yield installed
        installed.close()


@pytest.fixture
def report() -> list[str]:
    """Lines that are shown in the end, also where all is well."""
    return figures


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows what was measured."""
    if figures:
        terminalreporter.section("soak")
        for figure in figures:
            terminalreporter.write_line(figure)
